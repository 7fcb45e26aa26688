import {
  column,
  type Database,
  id,
  many,
  one,
  type ReferencedTable,
  ref,
  schema,
  table,
  timestamp,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { shareFresh, trait } from './fixture.ts'

// Each value is written by every verb that writes and read by every verb that reads: what comes back is
// what was given, in its type and to its last digit.

const valuesTable = table('held', {
  id: id(),
  up: ref((): ReferencedTable => valuesTable, { nullable: true }),
  text: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
  integer: v.nullable(v.pipe(v.number(), v.safeInteger())),
  real: v.nullable(v.number()),
  big: v.nullable(v.bigint()),
  on: v.nullable(v.boolean()),
  at: timestamp({ nullable: true }),
  json: column(v.unknown(), { kind: 'json' }),
  bytes: v.nullable(v.instance(Uint8Array)),
})
const { held } = schema(
  { held: valuesTable },
  { relations: { held: { below: many('held', 'up'), above: one('held', 'up') } } },
)
type Name = 'text' | 'integer' | 'real' | 'big' | 'on' | 'at' | 'json' | 'bytes'

const [earliest, latest] = trait.instants
const nested = (levels: number): unknown => (levels === 0 ? 'bottom' : [{ a: nested(levels - 2) }])

const kept: Readonly<Record<Name, readonly (readonly [what: string, value: unknown])[]>> = {
  text: [
    ['empty text', ''],
    ['a blank', ' '],
    ['blanks at the end', 'a  '],
    ['lines and tabs', '\r\n\ta\n'],
    ['quotes and backslashes', `'"\`\\'' \\n \\0 %s $1 ? :x --`],
    ['wildcards', '%_*?[a]'],
    ['text that looks like null', 'null'],
    ['text that looks like a number', '007e1'],
    ['composed and decomposed letters', 'é e\u0301'],
    ['letters of many scripts', 'Straße ДОМ 山 नमस्ते שלום'],
    ['pictures', '👩‍👩‍👧‍👦 \u{1f600}\u{10ffff}'],
    ['what is no character', '\ufffe\uffff\ufeff'],
    ['controls', '\u0001\u001f\u007f\u0085\u2028'],
    ['long text', 'ä\u{1f600}'.repeat(600)],
  ],
  integer: [
    ['zero', 0],
    ['the greatest', Number.MAX_SAFE_INTEGER],
    ['the least', Number.MIN_SAFE_INTEGER],
    ['what 32 bits do not hold', 2 ** 31],
  ],
  real: [
    ['a fraction without an end', 0.1],
    ['a sum of fractions', 0.1 + 0.2],
    ['the greatest', Number.MAX_VALUE],
    ['the least above zero', Number.MIN_VALUE],
    ['the least normal', 2.2250738585072014e-308],
    ['a whole number', 3],
    ['beyond 2^53', 2 ** 53 + 2],
    ['a large one', 1e21],
    ['seventeen digits', 123456789.12345678],
  ],
  big: [
    ['zero', 0n],
    ['beyond 2^53', 2n ** 53n + 1n],
    ['the greatest', 2n ** 63n - 1n],
    ['the least', -(2n ** 63n)],
  ],
  on: [
    ['true', true],
    ['false', false],
  ],
  at: [
    ['the epoch', new Date(0)],
    ['a millisecond before it', new Date(-1)],
    ['long before it', new Date('1582-10-10T12:34:56.789Z')],
    ['a leap day', new Date('2024-02-29T23:59:59.999Z')],
    ['an hour that clocks skip', new Date('2024-03-31T01:30:00.000Z')],
    ['the earliest', earliest],
    ['the latest', latest],
  ],
  json: [
    ['an empty object', {}],
    ['an empty array', []],
    ['empty text', ''],
    ['zero', 0],
    ['false', false],
    ['null inside', { a: null, b: [null] }],
    ['keys in their order', { b: 1, a: 2, '': 3, 1: 4 }],
    ['numbers to their last digit', [0.1, 1e21, 5e-324, 2 ** 53, -1.5e-7]],
    ['text that JSON escapes', { 'a"\\\n': '\u2028"\\\u{1f600}' }],
    ['what would be a prototype', JSON.parse('{"__proto__":{"a":1}}')],
    ['thirty levels', nested(30)],
    ['much of it', Array.from({ length: 500 }, (_, n) => ({ n, text: `№ ${n}` }))],
  ],
  bytes: [
    ['no bytes', new Uint8Array(0)],
    ['every byte', Uint8Array.from({ length: 256 }, (_, n) => n)],
    ['what is no text', Uint8Array.of(0, 0xff, 0xc3, 0x28, 0x27, 0x5c)],
  ],
}

const compared: ReadonlySet<Name> = new Set(['text', 'integer', 'real', 'big', 'on', 'at'])
const cases = Object.entries(kept).flatMap(([name, list]) =>
  list.map(([what, value]) => ({ name: name as Name, what, value })),
)

const openHeld = shareFresh([held])

describe('a value', () => {
  it.each(cases)('comes back as it was given: $name, $what', async ({ name, value }) => {
    const db = await openHeld()
    const ids = await writeEverywhere(db, { [name]: value })
    for (const row of await readEverywhere(db)) expect(row[name]).toStrictEqual(value)
    expect(await db.system.count(held)).toBe(ids.length)
    if (!compared.has(name)) return
    for (const filter of [{ eq: value }, { in: [value] }, { in: [value, value] }]) {
      expect(await db.system.count(held, { [name]: filter })).toBe(ids.length)
      expect(await db.system.count(held, { not: { [name]: filter } })).toBe(0)
    }
    expect(await db.system.count(held, { [name]: { ne: value } })).toBe(0)
    expect(await db.system.count(held, { [name]: null })).toBe(0)
  })

  it.each(cases.filter(({ name }) => compared.has(name)))(
    'keeps its place in pages, groups and extremes: $name, $what',
    async ({ name, value }) => {
      const db = await openHeld()
      await db.system.createMany(held, [{ [name]: value }, {}, { [name]: value }])
      const pages = { orderBy: { [name]: 'desc' }, select: [name], limit: 1 } as const
      const seen: unknown[] = []
      let cursor: string | undefined
      do {
        const page = await db.system.list(held, { ...pages, cursor })
        seen.push(...page.items.map((row) => row[name as keyof typeof row]))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      expect(seen).toStrictEqual([value, value, null])
      const groups = await db.system.aggregate(held, { groupBy: [name as 'text'], count: true })
      expect(groups).toStrictEqual([
        { [name]: null, count: 1 },
        { [name]: value, count: 2 },
      ])
      const { items } = await db.system.list(held, { select: [name], distinct: true })
      expect(items).toStrictEqual([{ [name]: null }, { [name]: value }])
      if (name === 'on') return
      const [extremes] = await db.system.aggregate(held, { min: [name], max: [name] } as never)
      expect(extremes).toStrictEqual({ min: { [name]: value }, max: { [name]: value } })
    },
  )
})

describe('values that look alike', () => {
  it.each<[string, Name, readonly unknown[]]>([
    ['empty text, a blank and null', 'text', ['', ' ', null]],
    ['letters of either case', 'text', ['a', 'A']],
    ['blanks at the end', 'text', ['a', 'a ', 'a  ']],
    ['accents', 'text', ['e', 'é', 'e\u0301']],
    ['ligatures and sharp letters', 'text', ['ss', 'ß', 'ﬁ', 'fi']],
    ['what some take for nothing', 'text', ['a', 'a\u00ad', 'a\u200b', 'a\u0001']],
    ['neighbours beyond 2^53', 'big', [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n]],
    ['neighbours of 64 bits', 'big', [2n ** 63n - 1n, 2n ** 63n - 2n, -(2n ** 63n)]],
    ['the greatest integers', 'integer', [2 ** 53 - 1, 2 ** 53 - 2]],
    ['neighbouring fractions', 'real', [0.3, 0.1 + 0.2]],
    ['milliseconds', 'at', [new Date(0), new Date(1), new Date(-1), null]],
    ['false and null', 'on', [false, null]],
  ])('stay apart: %s', async (_, name, values) => {
    const db = await openHeld()
    await db.system.createMany(
      held,
      values.map((value) => ({ [name]: value })),
    )
    for (const value of values) {
      expect(await db.system.count(held, { [name]: value })).toBe(1)
      expect(await db.system.count(held, { [name]: { ne: value } })).toBe(values.length - 1)
    }
    const groups = await db.system.aggregate(held, { groupBy: [name as 'text'], count: true })
    expect(groups).toHaveLength(values.length)
    const { items } = await db.system.list(held, { select: [name], distinct: true })
    expect(items).toHaveLength(values.length)
  })
})

type Given = Readonly<Record<string, unknown>>

/** By each verb that writes; answers with the ids of the rows, which all have the values. */
async function writeEverywhere({ system }: Database, given: Given): Promise<readonly string[]> {
  const created = await system.create(held, given)
  expect(created).toMatchObject(given)
  const many = await system.createMany(
    held,
    Array.from({ length: 60 }, () => ({ ...given, up: created.id })),
  )
  const upserted = await system.upsert(held, { ...given, up: created.id }, { on: ['id'] })
  const empty = await system.createMany(held, [{ up: created.id }, { up: created.id }])
  const [one_, two] = empty.map((row) => row.id) as [string, string]
  expect(await system.update(held, one_, given)).toMatchObject(given)
  expect(await system.updateMany(held, { id: two }, given)).toBe(1)
  await system.upsert(held, { id: two }, { on: ['id'], update: given })
  return [created.id, ...many.map((row) => row.id), upserted.id, one_, two]
}

/** By each verb that reads. */
async function readEverywhere({ system }: Database): Promise<readonly Given[]> {
  const { items } = await system.list(held, { limit: 1000 })
  const rows: Given[] = [...items]
  for await (const row of system.stream(held, { batch: 7 })) rows.push(row)
  const first = await system.first(held, { where: { up: null }, include: { below: true } })
  const last = items.at(-1)
  rows.push(...(first?.below ?? []), (await system.get(held, last?.id ?? '')) as Given)
  const below = await system.get(held, last?.id ?? '', { include: { above: true } })
  rows.push(below?.above as Given)
  await system.transaction(async (tx) => {
    rows.push(...(await tx.list(held, { limit: 1000 })).items)
  })
  expect(rows.length).toBeGreaterThan(250)
  return rows
}
