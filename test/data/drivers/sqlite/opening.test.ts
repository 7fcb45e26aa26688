import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type SqliteOptions, sqlite } from 'plinth/data/sqlite'
import { createSignals, systemClock } from 'plinth/kernel'
import { describe, expect, it, vi } from 'vitest'
import {
  deferred,
  INSERT,
  idsIn,
  openDriver,
  openNotes,
  sql,
  temporaryFile,
  turn,
} from './support.ts'

const start = (file: string, options?: SqliteOptions) =>
  sqlite(file, [], options).openDriver({ signals: createSignals(), clock: systemClock })

describe('the options of sqlite()', () => {
  it.each<[object, string]>([
    [{ engin: 'node' }, 'unknown option "engin"; options are: engine, synchronous, timeout'],
    [
      { engine: 'sqlite3' },
      'option "engine" is "sqlite3"; expected one of: better-sqlite3, node, bun',
    ],
    [{ synchronous: 'off' }, 'option "synchronous" is "off"; expected one of: full, normal'],
    [{ timeout: 0 }, 'option "timeout": is 0; expected milliseconds'],
    [{ timeout: '5s' }, 'option "timeout": is "5s"; expected milliseconds'],
  ])('refuse %o with what is known', (options, message) => {
    expect(() => sqlite('notes.db', [], options as SqliteOptions)).toThrow(message)
  })

  it.each(['', '  ', undefined, 5, 'file:notes.db?mode=ro', ' :memory:'])(
    'refuse %o as a file',
    (file) => {
      expect(() => sqlite(file as string, [])).toThrow(/^sqlite\(.*\): /)
    },
  )

  it('refuse a table in place of the list of tables', () => {
    expect(() => sqlite('notes.db', {} as [])).toThrow('expected a list of tables')
  })
})

describe.each(['better-sqlite3', 'node'] as const)('opening with %s', (engine) => {
  it('makes the file and finds it again', async () => {
    const file = temporaryFile()
    const first = await openNotes({ file, engine })
    await first.transaction((connection) => connection.run(sql(INSERT), ['a', 1]))
    await first.close()
    expect(readdirSync(dirname(file))).toEqual(['test.db'])
    expect(await idsIn(await openDriver({ file, engine }))).toEqual(['a'])
  })

  it('names a folder that does not exist', async () => {
    const file = join(dirname(temporaryFile()), 'missing', 'test.db')
    await expect(start(file, { engine })).rejects.toMatchObject({
      code: 'misuse',
      message: `sqlite(${JSON.stringify(file)}): cannot be opened: its folder ${dirname(file)} does not exist`,
    })
    expect(existsSync(dirname(file))).toBe(false)
  })

  it('names a file that is no database', async () => {
    const file = temporaryFile()
    writeFileSync(file, 'not a database, but long enough to look at '.repeat(100))
    await expect(start(file, { engine })).rejects.toMatchObject({
      code: 'misuse',
      message: `sqlite(${JSON.stringify(file)}): the file is not an SQLite database`,
    })
  })

  it('names a folder in place of a file', async () => {
    const file = temporaryFile()
    mkdirSync(file)
    await expect(start(file, { engine })).rejects.toThrow('it is a folder, or access is denied')
  })

  it('names a file that cannot be written', async () => {
    const file = temporaryFile()
    await (await openNotes({ file, engine })).close()
    chmodSync(dirname(file), 0o777)
    chmodSync(file, 0o444)
    // Root may write everything, so it is laid down for this.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      await expect(start(file, { engine })).rejects.toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('cannot be written by this process'),
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('sets up full durability and foreign keys', async () => {
    const driver = await openDriver({ engine })
    const value = async (pragma: string) => {
      const { rows } = await driver.transaction((c) => c.run(sql(`PRAGMA ${pragma}`), []))
      return rows[0]?.[0]
    }
    expect(await value('journal_mode')).toBe('wal')
    expect(await value('synchronous')).toBe(2)
    expect(await value('fullfsync')).toBe(1)
    expect(await value('foreign_keys')).toBe(1)
    const normal = await openDriver({ engine, synchronous: 'normal' })
    const { rows } = await normal.transaction((c) => c.run(sql('PRAGMA synchronous'), []))
    expect(rows).toEqual([[1]])
  })
})

describe('a database in memory', () => {
  it('is its own at each opening', async () => {
    const [one, other] = [
      await openNotes({ file: ':memory:' }),
      await openNotes({ file: ':memory:' }),
    ]
    await one.transaction((connection) => connection.run(sql(INSERT), ['a', 1]))
    expect([await idsIn(one), await idsIn(other)]).toEqual([['a'], []])
  })

  it('shows readers nothing before the commit', async () => {
    const driver = await openNotes({ file: ':memory:' })
    const gate = deferred()
    const doomed = driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['a', 1])
      await gate.promise
      throw new Error('no')
    })
    await turn(3)
    const read = idsIn(driver)
    gate.resolve()
    await expect(doomed).rejects.toThrow('no')
    expect(await read).toEqual([])
  })
})

describe('a missing engine', () => {
  it('is named with the command that installs it', async () => {
    vi.doMock('better-sqlite3', () => {
      throw new Error('Cannot find package')
    })
    try {
      await expect(start(temporaryFile(), { engine: 'better-sqlite3' })).rejects.toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('npm install better-sqlite3'),
      })
    } finally {
      vi.doUnmock('better-sqlite3')
    }
  })

  it.skipIf('Bun' in globalThis)('of another runtime says so', async () => {
    await expect(start(temporaryFile(), { engine: 'bun' })).rejects.toThrow('part of Bun only')
  })
})

describe('the live structure', () => {
  it('is reported for the tables that exist', async () => {
    const driver = await openDriver()
    const texts = [
      'CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, a INTEGER NOT NULL, "odd ""name" TEXT, UNIQUE (a)) STRICT',
      'CREATE INDEX t_b ON t ("odd ""name", a)',
      'CREATE UNIQUE INDEX t_c ON t (a, id)',
      'CREATE INDEX t_part ON t (a) WHERE a > 1',
      'CREATE VIEW w AS SELECT * FROM t',
    ]
    await driver.transaction((connection) => {
      for (const text of texts) connection.run(sql(text), [])
    })
    expect(await driver.inspect(['missing', 't', 'w', "x'; --"])).toEqual([
      {
        name: 't',
        columns: [
          { name: 'id', type: 'TEXT', nullable: false, primaryKey: true },
          { name: 'a', type: 'INTEGER', nullable: false, primaryKey: false },
          { name: 'odd "name', type: 'TEXT', nullable: true, primaryKey: false },
        ],
        indexes: [
          { name: 'sqlite_autoindex_t_2', columns: ['a'], unique: true },
          { name: 't_b', columns: ['odd "name', 'a'], unique: false },
          { name: 't_c', columns: ['a', 'id'], unique: true },
        ],
        references: [],
      },
    ])
  })

  it('follows a change made by another connection', async () => {
    const file = temporaryFile()
    const [one, other] = [await openNotes({ file }), await openDriver({ file })]
    expect(await idsIn(other)).toEqual([])
    await one.transaction((connection) => connection.run(sql('ALTER TABLE notes ADD x TEXT'), []))
    const [notes] = await other.inspect(['notes'])
    expect(notes?.columns.map(({ name }) => name)).toEqual(['id', 'size', 'x'])
    expect(await idsIn(other)).toEqual([])
  })
})
