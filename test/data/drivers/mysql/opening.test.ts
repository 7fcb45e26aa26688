import { column, id, open, ref, table, timestamp } from 'plinth/data'
import { type MysqlTarget, mysql } from 'plinth/data/mysql'
import { createSignals, systemClock } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { identifyServer } from '../../../../src/data/drivers/mysql/server.ts'
import { hasMariadb, mysqlUrl } from '../../servers.ts'
import { elsewhere, freshUrl, openDriver, useFreshDatabase } from './support.ts'

const answers = await hasMariadb()
const URL_OF_NONE = 'mysql://app:sesame@127.0.0.1:1/app'

async function start(target: MysqlTarget) {
  const driver = await mysql(target, []).openDriver({
    signals: createSignals(),
    clock: systemClock,
  })
  onTestFinished(() => driver.close())
  return driver
}

describe('the options of mysql()', () => {
  it.each<[unknown, string]>([
    [undefined, 'expected'],
    ['', 'expected a URL such as mysql://'],
    ['localhost', 'expected a URL such as mysql://'],
    ['postgres://app:sesame@localhost/app', 'expected a URL such as mysql://'],
    ['mysql://localhost/app', 'names no user or no database'],
    ['mysql://app:sesame@localhost', 'names no user or no database'],
    ['mysql://app:sesame@localhost/app?ssl=true', 'give them as options instead'],
    ['mysql://app:ses%ame@localhost/app', 'followed by two hexadecimal digits'],
    [{ url: URL_OF_NONE, pool: 3 }, 'option "pool" is unknown; expected url, max, wait, idle'],
    [{ url: URL_OF_NONE, max: 0 }, 'option "max": is 0; expected a whole number above 0'],
    [{ url: URL_OF_NONE, max: 1.5 }, 'option "max": is 1.5'],
    [{ url: URL_OF_NONE, wait: '5s' }, 'option "wait": is "5s"; expected milliseconds'],
    [{ url: URL_OF_NONE, timeout: -1 }, 'option "timeout": is -1; expected milliseconds'],
    [{ url: URL_OF_NONE, ssl: { cert: 'x' } }, '"cert": expected text in PEM'],
    [{ url: URL_OF_NONE, ssl: { checks: false } }, 'option "checks" is unknown'],
  ])('refuse %j with what is expected', (target, message) => {
    const refused = () => mysql(target as MysqlTarget, [])
    expect(refused).toThrow(message)
    expect(refused).toThrow(expect.objectContaining({ code: 'misuse' }))
    expect(refused).not.toThrow('ses')
  })

  it('refuse a table in place of the list of tables', () => {
    expect(() => mysql(URL_OF_NONE, {} as [])).toThrow('expected a list of tables')
  })
})

describe('a key of text without a bound', () => {
  const notes = (columns: Parameters<typeof table>[1], unique: string[][]) =>
    mysql(URL_OF_NONE, [table('notes', { id: id(), ...columns }, { unique: unique as never })])
  const opened = (source: ReturnType<typeof notes>) =>
    source.openDriver({ signals: createSignals(), clock: systemClock })

  it('is refused at start with the remedy', async () => {
    await expect(async () =>
      opened(notes({ title: v.string() }, [['title']])),
    ).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(/table\("notes"\) column "title": .*v\.maxLength\(200\)/),
    })
  })

  it.each([
    ['too long a bound', { title: v.pipe(v.string(), v.maxLength(769)) }, ['title']],
    ['bytes', { title: v.instance(Uint8Array) }, ['title']],
    [
      'two columns that are too long together',
      {
        title: v.pipe(v.string(), v.maxLength(700)),
        slug: v.nullable(v.pipe(v.string(), v.maxLength(100))),
      },
      ['title', 'slug'],
    ],
  ])('is refused for %s as well', async (_, columns, unique) => {
    await expect(async () => opened(notes(columns, [unique]))).rejects.toMatchObject({
      code: 'misuse',
    })
  })

  it.each([
    v.pipe(v.string(), v.maxLength(768)),
    v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(9), v.email())),
    v.pipe(v.string(), v.length(2)),
    v.picklist(['a', 'bcd']),
    v.union([v.literal('x'), v.null()]),
    v.pipe(v.string(), v.uuid()),
  ])('is no trouble when it is bounded: case %#', async (title) => {
    // Nothing listens there: getting as far as that means that the key was accepted.
    await expect(async () => opened(notes({ title }, [['title']]))).rejects.toMatchObject({
      code: 'storage_failed',
    })
  })

  it('may be a natural key', async () => {
    const countries = table('countries', {
      code: column(v.pipe(v.string(), v.length(2)), { primaryKey: true }),
    })
    const source = mysql(URL_OF_NONE, [
      countries,
      table('cities', { id: id(), in: ref(countries) }),
    ])
    await expect(async () => opened(source)).rejects.toMatchObject({ code: 'storage_failed' })
  })
})

describe('a server', () => {
  it('that does not answer is told without the password', async () => {
    const error = await start(URL_OF_NONE).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'storage_failed', status: 503 })
    expect(String(error)).toContain('mysql(mysql://127.0.0.1:1/app): the server does not answer')
    expect(String(error)).not.toContain('sesame')
  })

  it.each(['8.0.17', '8.4.3', '9.1.0-commercial', '10.5.0-MariaDB', '5.5.5-10.11.6-MariaDB-log'])(
    'of version %s is spoken to',
    (version) => {
      const server = identifyServer('here', { version, maxPacket: 1, snapshots: false })
      expect(server.name).toBe(/Maria/.test(version) ? 'mariadb' : 'mysql')
    },
  )

  it.each(['5.7.44', '8.0.16', '5.5.5-10.4.30-MariaDB', '10.3.1-MariaDB', 'proxy'])(
    'of version %s is refused with what is expected',
    (version) => {
      expect(() => identifyServer('here', { version, maxPacket: 1, snapshots: false })).toThrow(
        'expected MySQL 8.0.17 or later, or MariaDB 10.5.0 or later',
      )
    },
  )

  it.skipIf(!answers)('that refuses the user or lacks the database says so', async () => {
    const stranger = new URL(mysqlUrl)
    stranger.password = 'sesame'
    await expect(start(stranger.href)).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('refused the user or the password'),
    })
    const nowhere = new URL(mysqlUrl)
    nowhere.pathname = '/plinth_nowhere'
    await expect(start(nowhere.href)).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('the database does not exist'),
    })
  })

  it('whose package is missing is told with the command that installs it', async () => {
    vi.doMock('mysql2', () => {
      throw new Error('Cannot find package')
    })
    try {
      await expect(start(URL_OF_NONE)).rejects.toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('npm install mysql2'),
      })
    } finally {
      vi.doUnmock('mysql2')
    }
  })
})

describe.skipIf(!answers)('the live structure', () => {
  useFreshDatabase()

  it('is reported for the tables that exist', async () => {
    const driver = await openDriver()
    await elsewhere(
      [
        `CREATE TABLE t (id char(36) PRIMARY KEY, a bigint NOT NULL, title varchar(200), at datetime(3), yes tinyint(1), body longtext, UNIQUE KEY t_a (a, id), KEY t_body (body(191), id))${driver.dialect.tableOptions}`,
        `CREATE TABLE c (id char(36) PRIMARY KEY, t char(36), u char(36), x varchar(9) COLLATE utf8mb4_general_ci, CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE, CONSTRAINT c_u FOREIGN KEY (u) REFERENCES t (id))${driver.dialect.tableOptions}`,
        'CREATE VIEW w AS SELECT * FROM t',
      ].join('; '),
    )
    const plain = { primaryKey: false, nullable: true }
    expect(await driver.inspect(['missing', 't', 'c', 'w', "x'; --"])).toEqual([
      {
        name: 't',
        columns: [
          { name: 'id', type: 'char(36)', nullable: false, primaryKey: true },
          { name: 'a', type: 'bigint', nullable: false, primaryKey: false },
          { ...plain, name: 'title', type: 'varchar(200)' },
          { ...plain, name: 'at', type: 'datetime(3)' },
          { ...plain, name: 'yes', type: 'tinyint(1)' },
          { ...plain, name: 'body', type: 'longtext' },
        ],
        indexes: [
          { name: 't_a', columns: ['a', 'id'], unique: true },
          { name: 't_body', columns: ['body', 'id'], unique: false },
        ],
        references: [],
      },
      {
        name: 'c',
        columns: [
          { name: 'id', type: 'char(36)', nullable: false, primaryKey: true },
          { ...plain, name: 't', type: 'char(36)' },
          { ...plain, name: 'u', type: 'char(36)' },
          { ...plain, name: 'x', type: 'varchar(9) collate utf8mb4_general_ci' },
        ],
        indexes: [
          { name: 'c_t', columns: ['t'], unique: false },
          { name: 'c_u', columns: ['u'], unique: false },
        ],
        references: [
          { column: 't', table: 't', onDelete: 'cascade', name: 'c_t' },
          { column: 'u', table: 't', onDelete: 'restrict', name: 'c_u' },
        ],
      },
    ])
  })

  it('is that of the tables in code once they are migrated', async () => {
    const users = table(
      'users',
      { id: id(), email: v.pipe(v.string(), v.maxLength(320)) },
      {
        unique: [['email']],
      },
    )
    const notes = table(
      'notes',
      {
        id: id(),
        owner: ref(users, { onDelete: 'cascade' }),
        title: v.string(),
        state: v.picklist(['open', 'done']),
        size: v.pipe(v.number(), v.integer()),
        at: timestamp(),
        data: v.unknown(),
        bytes: v.nullable(v.instance(Uint8Array)),
      },
      { indexes: [['title'], ['owner', 'at'], ['state', 'title']] },
    )
    const db = await open(mysql(freshUrl(), [users, notes]))
    onTestFinished(() => db.close())
    await db.migrate()
    expect((await db.plan()).steps).toEqual([])
  })
})
