import fc from 'fast-check'
import type { ColumnKind, StoredValue } from 'plinth/data'
import { describe, expect, it } from 'vitest'
import { dialect } from '../../../../src/data/drivers/postgres/dialect.ts'
import type { SqlDriver } from '../../../../src/data/drivers/sql/driver.ts'
import { hasPostgres } from '../../servers.ts'
import { openEmbedded, openPostgres, sql } from './support.ts'

const KINDS = Object.keys(dialect.types) as ColumnKind[]

const databases = [
  { name: 'PostgreSQL', skip: !(await hasPostgres()), openEmpty: () => openPostgres() },
  { name: 'PGlite', skip: false, openEmpty: () => openEmbedded() },
]

const FIRST = Date.parse('0001-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

const values: Readonly<Record<ColumnKind, fc.Arbitrary<StoredValue>>> = {
  uuid: fc.uuid(),
  text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  integer: fc.maxSafeInteger(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  real: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  boolean: fc.constantFrom(0, 1),
  timestamp: fc.integer({ min: FIRST, max: LAST }),
  json: fc.json().filter((text) => !text.includes('\\u0000')),
  bytes: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
}

for (const { name, skip, openEmpty } of databases) {
  describe.skipIf(skip)(`values on ${name}`, () => {
    const insert = `INSERT INTO kinds VALUES (${KINDS.map((_, at) => `$${at + 1}`).join(', ')})`
    const all = sql('SELECT * FROM kinds', KINDS)

    async function open(): Promise<SqlDriver> {
      const driver = await openEmpty()
      const columns = KINDS.map((kind) => `c_${kind} ${dialect.types[kind]}`)
      await driver.transaction((connection) =>
        connection.run(sql(`CREATE TABLE kinds (${columns.join(', ')})`), []),
      )
      return driver
    }

    async function roundTrip(
      driver: SqlDriver,
      row: readonly StoredValue[],
    ): Promise<readonly StoredValue[] | undefined> {
      const params = row.map((value, at) => dialect.encode?.(KINDS[at] as ColumnKind, value))
      return driver.transaction(async (connection) => {
        await connection.run(sql('DELETE FROM kinds'), [])
        await connection.run(sql(insert), params)
        return (await connection.run(all, [])).rows[0]
      })
    }

    it('of all kinds come back as they were', async () => {
      const driver = await open()
      const row = fc.tuple(...KINDS.map((kind) => fc.option(values[kind])))
      await fc.assert(
        fc.asyncProperty(row, async (given) => {
          const read = await roundTrip(driver, given)
          expect(read?.map(plain)).toEqual(given.map(plain))
        }),
        { numRuns: 200 },
      )
    })

    const edges: Partial<Record<ColumnKind, readonly StoredValue[]>> = {
      text: ['', ' ', "'; DROP TABLE kinds --", '\\', '{"a"}', '😀\u{10FFFF}é'],
      integer: [2 ** 53 - 1, -(2 ** 53 - 1), 0],
      bigint: [2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
      real: [5e-324, 1.7976931348623157e308, 0.1, 1e21, -1.5],
      timestamp: [FIRST, LAST, 0, -1, Date.parse('1582-10-10T00:00:00.001Z')],
      json: ['{"b":1.0,"a":1e2,"b":12345678901234567890}', '"\\u00e9"', '[ ]', 'null'],
      bytes: [new Uint8Array(), new Uint8Array([0, 255]), new Uint8Array(100_000).fill(92)],
    }

    it.each(Object.entries(edges))(
      'at the edges of %s come back as they were',
      async (kind, list) => {
        const driver = await open()
        for (const value of list) {
          const row = KINDS.map((each) => (each === kind ? value : null))
          expect((await roundTrip(driver, row))?.map(plain)).toEqual(row.map(plain))
        }
      },
    )

    it('of many megabytes come back as they were', async () => {
      const driver = await open()
      const text = 'ä'.repeat(8_000_000)
      const row = KINDS.map((kind) => (kind === 'text' ? text : null))
      const read = await roundTrip(driver, row)
      expect(read?.[KINDS.indexOf('text')] === text).toBe(true)
    })

    it('that cannot be are refused, without being told', async () => {
      const driver = await open()
      const refused: readonly (readonly [ColumnKind, unknown])[] = [
        ['text', 'secret\0'],
        ['text', '\ud800'],
        ['uuid', 'secret'],
        ['bigint', 2n ** 63n],
        ['integer', 'secret'],
        ['timestamp', 'secret'],
        ['json', '{secret'],
      ]
      for (const [kind, value] of refused) {
        const row = KINDS.map((each) => (each === kind ? value : null))
        const outcome = driver.transaction((connection) => connection.run(sql(insert), row))
        const error = await outcome.then(
          () => undefined,
          (reason) => reason,
        )
        // A lone surrogate has no bytes: it is sent as the replacement character.
        if (value === '\ud800') expect(error).toBe(undefined)
        else expect(error).toMatchObject({ code: 'invalid_values', status: 422 })
        expect(String(error?.message)).not.toContain('secret')
      }
    })

    it('of other languages are sent as what they mean', async () => {
      const driver = await open()
      const result = await driver.transaction((connection) =>
        connection.raw?.run(
          'SELECT $1::timestamptz AS at, $2::boolean AS yes, $3::text[] AS list, $4::json AS data, $5::int AS none',
          [new Date(5), true, ['a"b', null, '\\'], { a: 1 }, undefined],
        ),
      )
      expect(result?.rows).toEqual([
        { at: 5, yes: 1, list: '{"a\\"b",NULL,"\\\\"}', data: '{"a":1}', none: null },
      ])
    })
  })

  describe.skipIf(skip)(`the dialect on ${name}`, () => {
    const evaluate = async (driver: SqlDriver, expression: string, params: unknown[] = []) =>
      (await driver.read(sql(`SELECT ${expression}`), params)).rows[0]?.[0]

    it('finds members of lists of every kind', async () => {
      const driver = await openEmpty()
      const row = fc
        .constantFrom(...KINDS.filter((kind) => kind !== 'json'))
        .chain((kind) =>
          fc.record({ kind: fc.constant(kind), list: fc.array(values[kind], { minLength: 1 }) }),
        )
      await fc.assert(
        fc.asyncProperty(row, async ({ kind, list }) => {
          const type = dialect.types[kind]
          const member = dialect.memberOf(`$2::${type.split(' COLLATE')[0]}`, '$1', kind)
          const [first = null] = list
          const params = [dialect.list(list, kind), dialect.encode?.(kind, first)]
          expect(await evaluate(driver, member, params)).toBe(1)
          const [, ...rest] = list.filter((each) => plain(each) !== plain(first))
          const without = [dialect.list(rest, kind), params[1]]
          expect(await evaluate(driver, member, without)).toBe(0)
        }),
        { numRuns: 100 },
      )
    })

    it('looks into text without wildcards', async () => {
      const driver = await openEmpty()
      const contains = (text: string, part: string) =>
        evaluate(driver, dialect.contains('$1::text', '$2'), [text, part])
      const endsWith = (text: string, part: string) =>
        evaluate(driver, dialect.endsWith('$1::text', '$2'), [text, part])
      expect(await contains('100%_a', '%_')).toBe(1)
      expect(await contains('abc', 'B')).toBe(0)
      expect(await contains('abc', '')).toBe(1)
      expect(await endsWith('100%', '%')).toBe(1)
      expect(await endsWith('abc', '_c')).toBe(0)
      expect(await endsWith('a😀', '😀')).toBe(1)
      expect(await endsWith('a', 'aa')).toBe(0)
      expect(await endsWith('', '')).toBe(1)
    })

    it('reads scalars inside JSON by keys and places', async () => {
      const driver = await openEmpty()
      const json = JSON.stringify({ a: [1, 'x', true, null, 1e300], '0': 'key', '': { "'": 'y' } })
      const at = async (path: readonly (string | number)[], as: 'text' | 'real' | 'boolean') => {
        const params: StoredValue[] = [json]
        const bind = (value: StoredValue) => `$${params.push(value)}`
        const text = dialect.jsonValue('$1::json', path, as, bind)
        return evaluate(driver, text, params)
      }
      expect(await at(['a', 0], 'real')).toBe(1)
      expect(await at(['a', 1], 'text')).toBe('x')
      expect(await at(['a', 2], 'boolean')).toBe(1)
      expect(await at(['a', 4], 'real')).toBe(1e300)
      expect(await at(['0'], 'text')).toBe('key')
      expect(await at(['', "'"], 'text')).toBe('y')
      for (const path of [['a', '0'], ['a', '-1'], [0], ['a', 9], ['a', 2 ** 40], ['b', 'c']]) {
        expect(await at(path, 'real')).toBe(null)
      }
      expect(await at(['a', 0], 'text')).toBe(null)
      expect(await at(['a', 3], 'text')).toBe(null)
    })

    it('orders text by code points and places nulls', async () => {
      const driver = await openEmpty()
      const texts = ['a', 'B', 'é', 'z', '\u{FFFD}', '😀', 'Ab']
      const { rows } = await driver.read(
        sql(
          'SELECT c FROM (SELECT json_array_elements_text($1) COLLATE "C" AS c UNION ALL SELECT NULL) t ' +
            `ORDER BY ${dialect.order('c', { descending: false, nulls: 'first', nullable: true })}`,
        ),
        [JSON.stringify(texts)],
      )
      const byCodePoint = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(rows.map(([text]) => text)).toEqual([null, ...byCodePoint])
    })

    it('computes aggregates exactly, or not at all', async () => {
      const driver = await openEmpty()
      const of = (name: 'sum' | 'avg' | 'min' | 'max', kind: ColumnKind, list: string) => {
        const type = dialect.types[kind].split(' COLLATE')[0]
        const text = `${dialect.aggregate(name, 'c', kind)} FROM unnest(ARRAY[${list}]::${type}[]) c`
        return evaluate(driver, text)
      }
      expect(await of('sum', 'integer', '9007199254740991, 2')).toBe(9007199254740993n)
      expect(await of('avg', 'integer', '1, 2')).toBe(1.5)
      expect(await of('min', 'boolean', 'true, false')).toBe(0)
      expect(await of('max', 'boolean', 'true, false')).toBe(1)
      const [low, high] = [
        '00000000-0000-0000-0000-00000000000a',
        'f0000000-0000-0000-0000-000000000000',
      ]
      expect(await of('min', 'uuid', `'${high}', '${low}'`)).toBe(low)
      expect(await of('max', 'uuid', `'${high}', '${low}'`)).toBe(high)
      const beyond = of('sum', 'bigint', '9223372036854775807, 1')
      await expect(beyond).rejects.toMatchObject({ code: 'out_of_range', status: 422 })
    })
  })
}

/** Numbers that fit are accepted for bigints, and bytes are compared by what they hold. */
function plain(value: StoredValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'bigint'
    ? String(value)
    : typeof value === 'number'
      ? String(value)
      : value
}
