import { describe, expect, it } from 'vitest'
import type { JsonScalar } from '../../../../src/data/operand.ts'
import { hasMariadb } from '../../servers.ts'
import { elsewhere, openDriver, sql, useFreshDatabase } from './support.ts'

describe.skipIf(!(await hasMariadb()))('text', () => {
  useFreshDatabase()

  it.each<[string, string, boolean, boolean]>([
    ['50% off', '%', true, false],
    ['50% off', 'OFF', false, false],
    ['50% off', 'off', true, true],
    ['a_b', '_', true, false],
    ['naïve', 'i', false, false],
    ['café', 'e', false, false],
    ['cafe\u0301', '\u0301', true, true],
    ['\u{1F600}\u{1F600}', '\u{1F600}', true, true],
    ['a ', 'a', true, false],
    ['a', 'a ', false, false],
    ['', '', true, true],
    ['a', '', true, true],
    ['a\\', '\\', true, true],
  ])('%j is asked for %j', async (text, part, contains, endsWith) => {
    const { dialect, read } = await openDriver()
    const asked = [dialect.contains('x', '?'), dialect.endsWith('x', '?')]
    await elsewhere(`CREATE TABLE t (x longtext)${dialect.tableOptions}`)
    const driver = await openDriver()
    await driver.transaction((connection) =>
      connection.run(sql('INSERT INTO t VALUES (?)'), [text]),
    )
    const { rows } = await read(sql(`SELECT ${asked.join(', ')} FROM t`), [part, part])
    expect(rows).toEqual([[Number(contains), Number(endsWith)]])
  })
})

const DOCUMENT = {
  a: [{ b: 'x' }, 's', 1.5, true, null, [7]],
  0: 'zero',
  text: 'a"b\\c\'d\n\t\u0001\b\u{1F600}/',
  digits: '5',
  true: 'true',
  no: false,
  big: 1e300,
  nothing: null,
  '': 'empty',
  'a.b$["c"]\\': 'odd',
  ключ: 'кл',
  "it's": 'quoted',
  '?': 'mark',
  '01': 'no index',
  object: { 1: 'one' },
}

describe.skipIf(!(await hasMariadb()))('the scalar at a path inside JSON', () => {
  useFreshDatabase()

  it.each<[readonly (string | number)[], JsonScalar, unknown]>([
    [['a', 0, 'b'], 'text', 'x'],
    [['a', 1], 'text', 's'],
    [['a', 1], 'real', null],
    [['a', 2], 'real', 1.5],
    [['a', 2], 'text', null],
    [['a', 3], 'boolean', 1],
    [['a', 3], 'real', null],
    [['a', 4], 'text', null],
    [['a', 5, 0], 'real', 7],
    [['a', 9], 'text', null],
    [['a'], 'text', null],
    [['0'], 'text', 'zero'],
    [['01'], 'text', 'no index'],
    [['object', '1'], 'text', 'one'],
    [['object', '0'], 'text', null],
    [['object', 0], 'text', null],
    [['a', '0', 'b'], 'text', null],
    [[0], 'text', null],
    [['text'], 'text', DOCUMENT.text],
    [['text', 0], 'text', null],
    [['digits'], 'real', null],
    [['digits'], 'text', '5'],
    [['true'], 'text', 'true'],
    [['true'], 'boolean', null],
    [['no'], 'boolean', 0],
    [['big'], 'real', 1e300],
    [['nothing'], 'boolean', null],
    [[''], 'text', 'empty'],
    [['a.b$["c"]\\'], 'text', 'odd'],
    [['ключ'], 'text', 'кл'],
    [["it's"], 'text', 'quoted'],
    [['?'], 'text', 'mark'],
    [['missing', 0, 'x'], 'text', null],
  ])('%j as %s is %j', async (path, as, expected) => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(`CREATE TABLE t (x ${dialect.types.json})${dialect.tableOptions}`)
    await driver.transaction((connection) =>
      connection.run(sql('INSERT INTO t VALUES (?)'), [JSON.stringify(DOCUMENT)]),
    )
    const bind = (): never => {
      throw new Error('A path is part of the text.')
    }
    const value = dialect.jsonValue('x', path, as, bind)
    const { rows } = await driver.read(sql(`SELECT ${value} FROM t`), [])
    expect(rows).toEqual([[expected]])
    if (expected === null) return
    const found = await driver.read(sql(`SELECT COUNT(*) FROM t WHERE ${value} = ?`), [expected])
    expect(found.rows).toEqual([[1]])
  })
})

describe.skipIf(!(await hasMariadb()))('an order', () => {
  useFreshDatabase()

  it.each([
    [false, 'first', [null, 1, 2]],
    [false, 'last', [1, 2, null]],
    [true, 'first', [null, 2, 1]],
    [true, 'last', [2, 1, null]],
  ] as const)('descending %s puts nulls %s', async (descending, nulls, expected) => {
    const driver = await openDriver()
    await elsewhere('CREATE TABLE t (x bigint); INSERT INTO t VALUES (1), (NULL), (2)')
    const term = driver.dialect.order('x', { descending, nulls, nullable: true })
    const { rows } = await driver.read(sql(`SELECT x FROM t ORDER BY ${term}`), [])
    expect(rows.map(([x]) => x)).toEqual(expected)
  })
})

describe.skipIf(!(await hasMariadb()))('a list', () => {
  useFreshDatabase()

  it.each([0, 1, 2, 3, 5, 1000, 1024, 1025, 70_000])('of %i values is looked up', async (size) => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(`CREATE TABLE t (x varchar(20) PRIMARY KEY)${dialect.tableOptions}`)
    await driver.transaction((connection) =>
      connection.run(sql("INSERT INTO t VALUES ('v0'), ('o''b\\r'), ('last?')"), []),
    )
    const values = Array.from({ length: size }, (_, n) => `v${n}`)
    if (size > 1) values[size - 1] = "o'b\\r"
    const found = sql(
      `SELECT x, '?' FROM t WHERE ${dialect.memberOf('x', '?', 'text')} AND x <> ? ORDER BY x`,
    )
    const { rows } = await driver.read(found, [dialect.list(values, 'text'), 'last?'])
    const expected = size === 0 ? [] : size === 1 ? ['v0'] : ["o'b\\r", 'v0']
    expect(rows).toEqual(expected.map((x) => [x, '?']))
  })

  it('of instants and bytes is looked up whatever its length', async () => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere('CREATE TABLE t (x datetime(3), y longblob)')
    const bytes = new Uint8Array([0, 39, 92])
    await driver.transaction((connection) =>
      connection.run(sql('INSERT INTO t VALUES (?, ?)'), [
        dialect.encode?.('timestamp', -1),
        bytes,
      ]),
    )
    for (const size of [1, 2000]) {
      const instants = Array.from({ length: size }, (_, n) => -1 - n)
      const found = `SELECT COUNT(*) FROM t WHERE ${dialect.memberOf('x', '?', 'timestamp')} AND ${dialect.memberOf('y', '?', 'bytes')}`
      const { rows } = await driver.read(sql(found), [
        dialect.list(instants, 'timestamp'),
        dialect.list(Array(size).fill(bytes), 'bytes'),
      ])
      expect(rows).toEqual([[1]])
    }
  })

  it('leaves UPDATE and DELETE to find rows by their keys', async () => {
    const driver = await openDriver()
    const { dialect } = driver
    await elsewhere(
      `CREATE TABLE t (x bigint PRIMARY KEY, y bigint)${dialect.tableOptions}; INSERT INTO t VALUES ${Array.from({ length: 5000 }, (_, n) => `(${n}, ${n})`)}`,
    )
    const member = dialect.memberOf('x', '?', 'integer')
    const keys = dialect.list([1, 2, 3], 'integer')
    for (const text of [`UPDATE t SET y = 1 WHERE ${member}`, `DELETE FROM t WHERE ${member}`]) {
      const { rows } = await driver.read(sql(`EXPLAIN FORMAT=TRADITIONAL ${text}`), [keys])
      expect(rows[0]).toContain('range')
    }
  })
})
