import fc from 'fast-check'
import type { ColumnKind, StoredValue } from 'plinth/data'
import type { SqlDriver } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { openDriver, sql } from './support.ts'

const COLUMNS: Partial<Record<ColumnKind, string>> = {
  text: 't',
  integer: 'n',
  bigint: 'big',
  real: 'r',
  boolean: 'yes',
  bytes: 'b',
}

async function openValues(engine: 'better-sqlite3' | 'node'): Promise<SqlDriver> {
  const driver = await openDriver({ engine })
  const { types, tableOptions } = driver.dialect
  const columns = Object.entries(COLUMNS).map(
    ([kind, name]) => `${name} ${types[kind as ColumnKind]}`,
  )
  const create = `CREATE TABLE v (id INTEGER PRIMARY KEY, ${columns.join(', ')})${tableOptions}`
  await driver.transaction((connection) => connection.run(sql(create), []))
  return driver
}

async function store(driver: SqlDriver, column: string, value: StoredValue): Promise<StoredValue> {
  const insert = sql(`INSERT INTO v (${column}) VALUES (?) RETURNING ${column}`, ['bigint'])
  const { rows } = await driver.transaction((connection) => connection.run(insert, [value]))
  return rows[0]?.[0] as StoredValue
}

describe.each(['better-sqlite3', 'node'] as const)('values on %s', (engine) => {
  it.each<[string, StoredValue]>([
    ['t', ''],
    ['t', 'é 漢字 👩‍👩‍👧 \u{10ffff} \u202e'],
    ['t', "'; DROP TABLE v; --"],
    ['t', 'x'.repeat(1_000_000)],
    ['n', 0],
    ['n', Number.MAX_SAFE_INTEGER],
    ['n', Number.MIN_SAFE_INTEGER],
    ['n', 1_700_000_000_123],
    ['big', 2n ** 63n - 1n],
    ['big', -(2n ** 63n)],
    ['big', 9_007_199_254_740_993n],
    ['r', 0.1],
    ['r', -1.5e300],
    ['r', 5e-324],
    ['yes', 1],
    ['b', new Uint8Array()],
    ['b', new Uint8Array([0, 255, 0])],
    ['t', null],
    ['n', null],
    ['b', null],
  ])('keeps %s = %o as it is', async (column, value) => {
    const driver = await openValues(engine)
    const stored = await store(driver, column, value)
    if (value instanceof Uint8Array) {
      expect(stored).toBeInstanceOf(Uint8Array)
      expect([...(stored as Uint8Array)]).toEqual([...value])
    } else expect(stored).toBe(value)
  })

  it('answers small integers as numbers where bigints are asked for', async () => {
    const driver = await openValues(engine)
    expect(await store(driver, 'big', 5n)).toBe(5)
    expect(await store(driver, 'big', -(2n ** 53n))).toBe(-(2n ** 53n))
    expect(await store(driver, 'big', 2n ** 53n - 1n)).toBe(2 ** 53 - 1)
  })

  it('counts the rows written, whether they are answered or not', async () => {
    const driver = await openValues(engine)
    const run = (text: string) => driver.transaction((connection) => connection.run(sql(text), []))
    expect(await run('INSERT INTO v (n) VALUES (1), (2), (3)')).toEqual({ rows: [], changes: 3 })
    expect(await run('UPDATE v SET n = 9 WHERE n > 1 RETURNING id')).toMatchObject({ changes: 2 })
    expect(await run('DELETE FROM v WHERE n = 77')).toEqual({ rows: [], changes: 0 })
    expect(await run('SELECT n FROM v')).toMatchObject({ changes: 0 })
  })

  it.each<[ColumnKind, StoredValue[], StoredValue]>([
    ['text', ['', 'é"\\', "o'k", 'a\tb\u2028'], 'other'],
    ['text', ['1'], '1.0'],
    ['integer', [1, -7, Number.MAX_SAFE_INTEGER], 2],
    ['bigint', [2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n], 9_007_199_254_740_992n],
    ['real', [0.1, 1e21, -5e-324, 3], 0.2],
    ['boolean', [1], 0],
    ['bytes', [new Uint8Array(), new Uint8Array([1, 0, 2])], new Uint8Array([1])],
  ])('finds members of a list of %s', async (kind, values, outsider) => {
    const driver = await openValues(engine)
    const column = COLUMNS[kind] as string
    for (const value of [...values, outsider, null]) await store(driver, column, value)
    const { dialect } = driver
    const test = dialect.memberOf(dialect.quote(column), dialect.placeholder(1), kind)
    const count = async (list: readonly StoredValue[]) => {
      const query = sql(`SELECT count(*) AS n FROM v WHERE ${test}`)
      return (await driver.read(query, [dialect.list(list, kind)])).rows[0]?.[0]
    }
    expect(await count(values)).toBe(values.length)
    expect(await count([])).toBe(0)
    expect(await count([null])).toBe(0)
  })

  it('tests containment by letter, with no wildcards', async () => {
    const driver = await openValues(engine)
    await store(driver, 't', '100% Öl_a')
    const { dialect } = driver
    const query = sql(`SELECT count(*) AS n FROM v WHERE ${dialect.contains('t', '?')}`)
    const count = async (part: string) => (await driver.read(query, [part])).rows[0]?.[0]
    const parts = ['0%', 'Öl', '', 'öl', '0_', 'a%']
    expect(await Promise.all(parts.map(count))).toEqual([1, 1, 1, 0, 0, 0])
  })
})

describe('identifiers', () => {
  it('are quoted so that they name a column and nothing else', async () => {
    const driver = await openDriver()
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text !== '__proto__')
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const create = {
          sql: `CREATE TABLE q (${driver.dialect.quote(text)})`,
          returns: false,
          summary: '',
        }
        const { rows } = await driver.transaction(async (connection) => {
          await connection.run(create, [])
          const names = await connection.run(sql("SELECT name FROM pragma_table_info('q')"), [])
          await connection.run(sql('DROP TABLE q'), [])
          return names
        })
        expect(rows).toEqual([[text]])
      }),
    )
  })
})
