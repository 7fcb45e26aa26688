import { describe, expect, it } from 'vitest'
import type { ColumnKind } from '../../../../src/data/column.ts'
import type { StoredValue } from '../../../../src/data/value.ts'
import { hasMariadb } from '../../servers.ts'
import { elsewhere, openDriver, sql, useFreshDatabase } from './support.ts'

const EMOJI = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'

const stored: readonly (readonly [ColumnKind, readonly StoredValue[]])[] = [
  ['uuid', ['0197a3f2-0000-7000-8000-000000000000']],
  [
    'text',
    [
      '',
      ' ',
      'a ',
      ' a',
      'é',
      'e\u0301',
      'ß',
      EMOJI,
      '\u{10ffff}',
      '\uffff',
      '\'\\"`?',
      '\r\n\t\u0001',
    ],
  ],
  ['integer', [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 32, 2 ** 31]],
  ['bigint', [0, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]],
  ['real', [0, -1.5, 0.1, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, 2 ** 53, 1e21, 1 / 3]],
  ['boolean', [0, 1]],
  [
    'timestamp',
    [
      0,
      -1,
      1,
      Date.UTC(1969, 11, 31, 23, 59, 58, 1),
      Date.UTC(1000, 0, 1),
      Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      1_764_000_000_123,
    ],
  ],
  [
    'json',
    ['{"b":1.0,"a":1e2,"z":[12345678901234567890,null],"a ":"\\u0041"}', 'null', '""', '[]'],
  ],
  ['bytes', [new Uint8Array(), new Uint8Array([0, 255, 39, 92]), new Uint8Array(70_000).fill(7)]],
]

describe.skipIf(!(await hasMariadb()))('values', () => {
  useFreshDatabase()

  it.each(stored)('of kind %s come back as they were stored', async (kind, values) => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(
      `CREATE TABLE v (n bigint PRIMARY KEY, x ${dialect.types[kind]})${dialect.tableOptions}`,
    )
    const given = [...values, null]
    await driver.transaction(async (connection) => {
      for (const [n, value] of given.entries()) {
        const sent = value === null ? null : dialect.encode?.(kind, value)
        await connection.run(sql('INSERT INTO v (n, x) VALUES (?, ?)'), [n, sent])
      }
    })
    const { rows } = await driver.read(sql('SELECT x FROM v ORDER BY n', [kind]), [])
    expect(rows.map(([value]) => value)).toStrictEqual(given)
  })

  it.each(stored)('of kind %s are found by themselves and in lists', async (kind, values) => {
    if (kind === 'json') return
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(
      `CREATE TABLE w (n bigint PRIMARY KEY, x ${dialect.types[kind]})${dialect.tableOptions}`,
    )
    const encode = (value: StoredValue): unknown => dialect.encode?.(kind, value)
    await driver.transaction(async (connection) => {
      for (const [n, value] of values.entries()) {
        await connection.run(sql('INSERT INTO w (n, x) VALUES (?, ?)'), [n, encode(value)])
      }
    })
    for (const [n, value] of values.entries()) {
      const { rows } = await driver.read(sql('SELECT n FROM w WHERE x = ?'), [encode(value)])
      expect(rows).toEqual([[n]])
    }
    const member = `SELECT n FROM w WHERE ${dialect.memberOf('x', '?', kind)} ORDER BY n`
    const whole = await driver.read(sql(member), [dialect.list(values, kind)])
    expect(whole.rows.map(([n]) => n)).toEqual(values.map((_, n) => n))
    const none = await driver.read(
      sql(`SELECT n FROM w WHERE NOT (${dialect.memberOf('n', '?', 'integer')})`),
      [
        dialect.list(
          values.map((_, n) => n),
          'integer',
        ),
      ],
    )
    expect(none.rows).toEqual([])
  })

  it('keep the year of an instant between 1000 and 9999', async () => {
    const { dialect } = await openDriver()
    for (const instant of [Date.UTC(1000, 0, 1) - 1, Date.UTC(10_000, 0, 1), 8.64e15, -8.64e15]) {
      expect(() => dialect.encode?.('timestamp', instant)).toThrow(
        expect.objectContaining({ code: 'invalid_values', status: 422 }),
      )
    }
  })

  it('compare and sort text by code points', async () => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(`CREATE TABLE t (x varchar(40) UNIQUE, y longtext)${dialect.tableOptions}`)
    // In the order of code points, which is not that of UTF-16.
    const texts = ['', 'A', 'Z', 'a', 'a ', 'ab', 'e\u0301', 'z', 'é', '\ue000', '\uffff', EMOJI]
    for (const text of texts.toReversed()) {
      await driver.transaction((connection) =>
        connection.run(sql('INSERT INTO t (x, y) VALUES (?, ?)'), [text, text]),
      )
    }
    for (const column of ['x', 'y']) {
      const { rows } = await driver.read(sql(`SELECT ${column} FROM t ORDER BY ${column}`), [])
      expect(rows.map(([text]) => text)).toEqual(texts)
      const above = await driver.read(sql(`SELECT COUNT(*) FROM t WHERE ${column} > ?`), ['z'])
      expect(above.rows).toEqual([[4]])
    }
  })

  it('lose no digit of big integers in sums and comparisons', async () => {
    const driver = await openDriver()
    await elsewhere('CREATE TABLE b (x bigint)')
    const values = [2n ** 63n - 1n, 2n ** 63n - 2n, 2n ** 53n + 1n]
    for (const value of values) {
      await driver.transaction((connection) =>
        connection.run(sql('INSERT INTO b VALUES (?)'), [value]),
      )
    }
    const equal = await driver.read(sql('SELECT x FROM b WHERE x = ?', ['bigint']), [
      2n ** 53n + 1n,
    ])
    expect(equal.rows).toEqual([[2n ** 53n + 1n]])
    expect((await driver.read(sql('SELECT x FROM b WHERE x = ?'), [2n ** 53n])).rows).toEqual([])
    const sum = `SELECT ${driver.dialect.aggregate('sum', 'x', 'bigint')} FROM b`
    const total = values.reduce((left, right) => left + right)
    expect((await driver.read(sql(sum, ['bigint']), [])).rows).toEqual([[total]])
  })

  it.each<[string, readonly number[], number]>([
    ['integer', [1, 2, 2], 5 / 3],
    ['integer', [2 ** 53 - 1, 2 ** 53 - 1], 2 ** 53 - 1],
    ['real', [0.1, 0.2], (0.1 + 0.2) / 2],
  ])('of kind %s are averaged as %j', async (kind, values, average) => {
    const driver = await openDriver()
    const column = driver.dialect.types[kind as ColumnKind]
    await elsewhere(`CREATE TABLE a (x ${column})`)
    for (const value of values) {
      await driver.transaction((connection) =>
        connection.run(sql('INSERT INTO a VALUES (?)'), [value]),
      )
    }
    const call = driver.dialect.aggregate('avg', 'x', kind as ColumnKind)
    const { rows } = await driver.read(sql(`SELECT ${call} FROM a`, ['real']), [])
    expect(rows).toEqual([[average]])
  })

  it('of many megabytes are stored up to what the server takes', async () => {
    const driver = await openDriver()
    await elsewhere('CREATE TABLE h (x longtext)')
    const insert = (text: string) =>
      driver.transaction((connection) => connection.run(sql('INSERT INTO h VALUES (?)'), [text]), {
        timeout: 30_000,
      })
    await insert('é'.repeat(4_000_000))
    const most = Number((await elsewhere('SELECT @@max_allowed_packet'))[0]?.[0])
    await expect(insert('x'.repeat(most))).rejects.toMatchObject({
      code: 'invalid_values',
      status: 422,
    })
    const { rows } = await driver.read(sql('SELECT x FROM h'), [])
    expect(rows.map(([text]) => String(text).length)).toEqual([4_000_000])
  })

  it('without known kinds come as the server tells their types', async () => {
    const driver = await openDriver()
    const { rows } = await driver.read(
      sql(
        "SELECT 9223372036854775807, 5, 'x', x'00ff', CAST('2020-01-01' AS datetime(3)), 1.5e0, NULL",
      ),
      [],
    )
    const year2020 = Date.UTC(2020, 0, 1)
    expect(rows).toEqual([[2n ** 63n - 1n, 5, 'x', new Uint8Array([0, 255]), year2020, 1.5, null]])
  })
})
