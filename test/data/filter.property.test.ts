import fc from 'fast-check'
import { type Database, type Filter, id, matches, type Row, table, timestamp } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openFresh, trait } from './fixture.ts'

const things = table('things', {
  id: id(),
  text: v.string(),
  maybe: v.nullable(v.string()),
  count: v.pipe(v.number(), v.safeInteger()),
  size: v.nullable(v.number()),
  big: v.nullable(v.bigint()),
  on: v.nullable(v.boolean()),
  at: timestamp({ nullable: true }),
  data: v.nullable(v.array(v.string())),
})
type Thing = Row<typeof things>

// Few values, so that comparisons hit; with those that trip string order, patterns and numbers.
const texts = fc.constantFrom(
  '',
  'a',
  'A',
  'ab',
  'a%',
  'a_',
  '%',
  'ä',
  'a\u0301',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\u{10ffff}\u{10ffff}',
  "o'b",
  '"',
  '\\',
  '1',
  '01',
  'null',
)
const counts = fc.constantFrom(0, 1, -1, 2 ** 31, -(2 ** 53) + 1, 2 ** 53 - 1)
const sizes = fc.constantFrom(0, -0, 0.5, 1, -1.5, 5e-324, 1.7976931348623157e308, 1e15 + 0.5)
const bigs = fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n))
const dates = fc.constantFrom(new Date(0), new Date(-1), new Date(1e12), ...trait.instants)
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 3 })

const rows = fc.array(
  fc.record({
    text: texts,
    maybe: nullable(texts),
    count: counts,
    size: nullable(sizes),
    big: nullable(bigs),
    on: nullable(fc.boolean()),
    at: nullable(dates),
    data: nullable(fc.array(texts, { maxLength: 2 })),
  }),
  { minLength: 1, maxLength: 12 },
)

function comparison<T>(values: fc.Arbitrary<T>, text: boolean): fc.Arbitrary<unknown> {
  const lists = fc.array(values, { maxLength: 3 })
  const parts = text ? { startsWith: values, contains: values } : {}
  const ordered = { in: lists, gt: values, gte: values, lt: values, lte: values, ...parts }
  const one = fc.oneof(
    ...Object.entries({ eq: nullable(values), ne: nullable(values), ...ordered }).map(
      ([operator, operand]: [string, fc.Arbitrary<unknown>]) =>
        operand.map((value) => ({ [operator]: value })),
    ),
  )
  const several = fc.tuple(one, one).map(([a, b]) => ({ ...(a as object), ...(b as object) }))
  return fc.oneof(nullable(values), one, several)
}

const leaf = fc.oneof(
  comparison(texts, true).map((text) => ({ text })),
  comparison(texts, true).map((maybe) => ({ maybe })),
  comparison(counts, false).map((count) => ({ count })),
  comparison(sizes, false).map((size) => ({ size })),
  comparison(bigs, false).map((big) => ({ big })),
  comparison(fc.boolean(), false).map((on) => ({ on })),
  comparison(dates, false).map((at) => ({ at })),
  fc.constantFrom({ data: null }, { data: { ne: null } }, {}),
)

const filters = fc.letrec<{ filter: unknown }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })),
    tie('filter').map((not) => ({ not })),
    fc.tuple(leaf, tie('filter')).map(([a, not]) => ({ ...a, not })),
  ),
})).filter

const parameters = { numRuns: 400 }

describe('a filter', () => {
  it('means the same in SQL and in JavaScript', async () => {
    const db = await openFresh([things])
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(filters, { minLength: 1, maxLength: 8 }),
        async (given, asked) => {
          const stored = await replaceAll(db, given as Omit<Thing, 'id'>[])
          for (const one of asked) {
            const filter = one as Filter<Thing>
            const found = await db.system.list(things, { where: filter, limit: 1000 })
            const expected = stored.filter((row) => matches(things, row, filter))
            expect(found.items).toEqual(expected)
            expect(await db.system.count(things, filter)).toBe(expected.length)
          }
        },
      ),
      parameters,
    )
  })

  it('is true or false of every row, never unknown', async () => {
    const db = await openFresh([things])
    await fc.assert(
      fc.asyncProperty(rows, filters, async (given, one) => {
        const filter = one as Filter<Thing>
        await replaceAll(db, given as Omit<Thing, 'id'>[])
        const yes = await db.system.count(things, filter)
        const no = await db.system.count(things, { not: filter })
        expect(yes + no).toBe(given.length)
      }),
      parameters,
    )
  })

  it('keeps rows apart that a policy and a filter share', async () => {
    const reader = { id: 'reader', roles: [] }
    let rule: Filter<Thing> = {}
    const guarded = table('things', things.columns, { policy: { read: () => rule } })
    const db = await openFresh([guarded])
    await fc.assert(
      fc.asyncProperty(rows, filters, filters, async (given, ruled, one) => {
        rule = ruled as Filter<Thing>
        await db.system.deleteMany(guarded, {})
        const stored = await db.system.createMany(guarded, given as never)
        const found = await db.as(reader).list(guarded, { where: one as Filter<Thing> })
        const expected = stored.filter(
          (row) => matches(things, row, rule) && matches(things, row, one as Filter<Thing>),
        )
        expect(found.items).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})

async function replaceAll(db: Database, given: Omit<Thing, 'id'>[]): Promise<Thing[]> {
  await db.system.deleteMany(things, {})
  return db.system.createMany(things, given)
}
