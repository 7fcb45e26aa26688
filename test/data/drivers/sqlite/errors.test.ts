import type { StoredValue } from 'plinth/data'
import type { SqlDriver } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { openDriver, sql } from './support.ts'

const TABLES = [
  'CREATE TABLE parents (id TEXT PRIMARY KEY NOT NULL) STRICT',
  `CREATE TABLE children (id TEXT PRIMARY KEY NOT NULL, parent TEXT REFERENCES parents (id),
    guard TEXT REFERENCES parents (id) ON DELETE RESTRICT, name TEXT NOT NULL,
    size INTEGER CHECK (size < 10), UNIQUE (name, size)) STRICT`,
  'CREATE UNIQUE INDEX by_expression ON children (lower(id))',
  "INSERT INTO parents (id) VALUES ('p'), ('q')",
  "INSERT INTO children (id, parent, guard, name, size) VALUES ('c', 'p', 'q', 'n', 1)",
]

const insert = 'INSERT INTO children (id, parent, name, size) VALUES (?, ?, ?, ?)'

describe.each(['better-sqlite3', 'node'] as const)('errors on %s', (engine) => {
  const open = async (): Promise<SqlDriver> => {
    const driver = await openDriver({ engine })
    await driver.transaction((connection) => {
      for (const text of TABLES) connection.run(sql(text), [])
    })
    return driver
  }

  it.each<[string, string, StoredValue[], object]>([
    [
      'a primary key that is taken',
      'INSERT INTO parents (id) VALUES (?)',
      ['p'],
      { code: 'conflict', status: 409, details: { columns: ['id'] } },
    ],
    [
      'a unique key that is taken',
      insert,
      ['d', 'p', 'n', 1],
      { code: 'conflict', status: 409, details: { columns: ['name', 'size'] } },
    ],
    [
      'a unique expression that is taken',
      insert,
      ['C', 'p', 'x', 1],
      { code: 'conflict', status: 409, details: { columns: [] } },
    ],
    [
      'a reference to nothing',
      insert,
      ['d', 'nobody', 'x', 1],
      { code: 'invalid_reference', status: 409 },
    ],
    [
      'removing what is referred to',
      'DELETE FROM parents WHERE id = ?',
      ['p'],
      { code: 'invalid_reference', status: 409 },
    ],
    [
      'removing what a restriction holds',
      'DELETE FROM parents WHERE id = ?',
      ['q'],
      { code: 'invalid_reference', status: 409 },
    ],
    [
      'a missing value',
      insert,
      ['d', 'p', null, 1],
      { code: 'invalid_values', status: 422, details: { issues: [{ path: 'name' }] } },
    ],
    ['a broken check', insert, ['d', 'p', 'x', 11], { code: 'invalid_values', status: 422 }],
    [
      'a value of another type',
      insert,
      ['d', 'p', 'x', 'many'],
      { code: 'invalid_values', status: 422, details: { issues: [{ path: 'size' }] } },
    ],
    ['a missing table', 'DELETE FROM ghosts', [], { code: 'misuse' }],
    ['broken SQL', 'DELETE FORM parents', [], { code: 'misuse' }],
  ])('name %s', async (_, text, params, expected) => {
    const driver = await open()
    const outcome = driver.transaction((connection) => connection.run(sql(text), params))
    await expect(outcome).rejects.toMatchObject({ ...expected, cause: expect.any(Error) })
    await expect(outcome).rejects.not.toMatchObject({ message: expect.stringContaining('nobody') })
  })

  it('of one transaction leave the others of the commit alone', async () => {
    const driver = await open()
    const results = await Promise.allSettled(
      [
        ['e', 'p', 'e', 1],
        ['f', 'nobody', 'f', 1],
        ['c', 'p', 'g', 1],
        ['h', 'p', null, 1],
        ['i', 'p', 'i', 1],
      ].map((params) => driver.transaction((connection) => connection.run(sql(insert), params))),
    )
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    const { rows } = await driver.read(sql('SELECT id FROM children ORDER BY id'), [])
    expect(rows.map(([id]) => id)).toEqual(['c', 'e', 'i'])
  })

  it('say what to do about a table that was not migrated', async () => {
    const driver = await open()
    const read = async () => driver.read(sql('SELECT * FROM ghosts'), [])
    await expect(read()).rejects.toThrow('no such table: ghosts; the database lacks')
  })
})
