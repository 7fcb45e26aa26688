import { open } from 'plinth/data'
import { pglite } from 'plinth/data/pglite'
import { type PostgresTarget, postgres } from 'plinth/data/postgres'
import { describe, expect, it, vi } from 'vitest'
import { freshPostgres, hasPostgres, onPostgres, postgresUrl } from '../../servers.ts'
import { openPostgres, sql } from './support.ts'

const noServer = !(await hasPostgres())

const URL_OF_NOBODY = 'postgres://ann:s3cret@127.0.0.1:1/plinth?password=s3cret'

describe('what postgres() is given', () => {
  it.each<[unknown, string]>([
    ['', 'expected a URL'],
    ['127.0.0.1:5432', 'expected a URL'],
    ['mysql://127.0.0.1/x', 'expected a URL'],
    [undefined, 'expected an object of options'],
    [{ max: 5 }, 'expected a URL'],
    [{ url: URL_OF_NOBODY, maxx: 5 }, 'option "maxx" is unknown; expected url, max'],
    [{ url: URL_OF_NOBODY, max: 0 }, 'option "max": is 0; expected a whole number above 0'],
    [{ url: URL_OF_NOBODY, timeout: '5s' }, 'option "timeout": is "5s"; expected milliseconds'],
    [{ url: URL_OF_NOBODY, applicationName: 5 }, 'option "applicationName": expected a string'],
  ])('is refused when it is %o', (target, message) => {
    const give = () => postgres(target as PostgresTarget, [])
    expect(give).toThrow(message)
    expect(give).not.toThrow('s3cret')
  })

  it('is refused when the tables are no list', () => {
    expect(() => postgres(URL_OF_NOBODY, {} as [])).toThrow(
      'postgres(postgres://127.0.0.1:1/plinth): expected a list of tables',
    )
  })
})

describe('opening PostgreSQL', () => {
  it('tells that no server is there, without the password', async () => {
    const outcome = open(postgres(URL_OF_NOBODY, []))
    await expect(outcome).rejects.toMatchObject({
      code: 'storage_failed',
      status: 503,
      message:
        'postgres(postgres://127.0.0.1:1/plinth): the server cannot be reached (ECONNREFUSED).',
    })
    const error = await outcome.catch((reason: Error) => reason)
    expect(`${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain('s3cret')
  })

  it('names the missing package with the command that installs it', async () => {
    vi.doMock('pg', () => {
      throw new Error('Cannot find package')
    })
    try {
      await expect(open(postgres(URL_OF_NOBODY, []))).rejects.toThrow('npm install pg')
    } finally {
      vi.doUnmock('pg')
    }
  })

  describe.skipIf(noServer)('on a server', () => {
    const changed = (change: (url: URL) => void) => {
      const url = new URL(postgresUrl)
      change(url)
      return open(postgres(url.href, []))
    }

    it('names a password that is wrong, without telling it', async () => {
      const outcome = changed((url) => {
        url.password = 's3cret'
      })
      await expect(outcome).rejects.toMatchObject({
        code: 'misuse',
        message: expect.stringMatching(/refused: password authentication failed for user/),
      })
    })

    it('names a database that is missing', async () => {
      const outcome = changed((url) => {
        url.pathname = '/missing_database'
      })
      await expect(outcome).rejects.toThrow('database "missing_database" does not exist')
    })

    it('names a search path that leads nowhere', async () => {
      const outcome = changed((url) => url.searchParams.set('options', '-c search_path=nowhere'))
      await expect(outcome).rejects.toThrow('no schema of its search_path exists')
    })

    it('sets its sessions up, whatever the role is used to', async () => {
      const url = new URL(await freshPostgres())
      const given = url.searchParams.get('options')
      url.searchParams.set(
        'options',
        `${given} -c timezone=Asia/Kolkata -c datestyle=German -c bytea_output=escape -c extra_float_digits=-5`,
      )
      const driver = await openPostgres({ url: url.href, statementTimeout: 1234.5 })
      const text =
        "SELECT to_timestamp(0), '\\x5c00'::bytea, 0.1::float8 + 0.2, current_setting('statement_timeout')"
      const { rows } = await driver.read(sql(text, ['timestamp', 'bytes', 'real', 'text']), [])
      expect(rows).toEqual([[0, new Uint8Array([92, 0]), 0.30000000000000004, '1235ms']])
    })
  })
})

describe('the live structure', () => {
  it.skipIf(noServer)('is reported for the tables of the schema', async () => {
    const url = await freshPostgres()
    const other = await freshPostgres()
    await onPostgres('CREATE TABLE elsewhere (id bigint)', other)
    const texts = [
      'CREATE TABLE parents (id uuid PRIMARY KEY)',
      'CREATE TABLE t (id text COLLATE "C" PRIMARY KEY, a bigint NOT NULL, "odd ""name" timestamptz, ' +
        'parent uuid CONSTRAINT of_parent REFERENCES parents (id) ON DELETE CASCADE, ' +
        'other uuid REFERENCES parents (id) ON DELETE SET NULL, third uuid REFERENCES parents, UNIQUE (a))',
      'CREATE INDEX t_b ON t ("odd ""name" NULLS FIRST, a)',
      'CREATE UNIQUE INDEX t_c ON t (a, id) INCLUDE (parent)',
      'CREATE INDEX t_part ON t (a) WHERE a > 1',
      'CREATE INDEX t_expression ON t ((a + 1))',
      'ALTER TABLE t ADD gone text',
      'ALTER TABLE t DROP gone',
      'CREATE VIEW w AS SELECT * FROM t',
    ]
    const driver = await openPostgres({ url })
    await driver.transaction(async (connection) => {
      for (const text of texts) await connection.run(sql(text), [])
      const [inside] = await driver.inspect(['t'], connection)
      expect(inside?.columns).toHaveLength(6)
    })
    const column = (name: string, type: string, nullable = true, primaryKey = false) => ({
      name,
      type,
      nullable,
      primaryKey,
    })
    const live = await driver.inspect(['missing', 't', 'w', 'elsewhere', 'pg_class', "x'; --"])
    expect(live).toMatchObject([
      {
        name: 't',
        columns: [
          column('id', 'text', false, true),
          column('a', 'bigint', false),
          column('odd "name', 'timestamp with time zone'),
          column('parent', 'uuid'),
          column('other', 'uuid'),
          column('third', 'uuid'),
        ],
        indexes: [
          { name: 't_a_key', columns: ['a'], unique: true },
          { name: 't_b', columns: ['odd "name', 'a'], unique: false },
          { name: 't_c', columns: ['a', 'id'], unique: true },
        ],
        references: [
          { column: 'parent', table: 'parents', onDelete: 'cascade', name: 'of_parent' },
          { column: 'other', table: 'parents', onDelete: 'set null', name: 't_other_fkey' },
          { column: 'third', table: 'parents', onDelete: 'restrict', name: 't_third_fkey' },
        ],
      },
    ])
    expect(live[0]?.indexes).toHaveLength(3)
  })
})

describe('what pglite() is given', () => {
  it.each(['', '  ', undefined, 5, 'idb://notes', ' notes'])(
    'is refused when it is %o',
    (folder) => {
      expect(() => pglite(folder as string, [])).toThrow(/^pglite\(.*\): /)
    },
  )

  it('is refused when an option is misspelt', () => {
    expect(() => pglite('memory://', [], { timeOut: 5 } as object)).toThrow('option "timeOut"')
  })
})
