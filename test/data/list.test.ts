import fc from 'fast-check'
import { type Database, id, type OrderOf, type Row, ref, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, shareFresh } from './fixture.ts'

const users = table('users', { id: id(), name: v.string() }, { policy: { read: true } })
const items = table(
  'items',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    name: v.string(),
    rank: v.nullable(v.pipe(v.number(), v.integer())),
    score: v.nullable(v.number()),
    big: v.optional(v.bigint(), 0n),
  },
  { indexes: [['rank', 'name']], policy: { all: ({ id: owner }) => ({ owner }) } },
)
type Item = Row<typeof items>

const open = shareFresh([users, items])

async function fresh() {
  const db = await open()
  const [ann, bob] = await db.system.createMany(users, [{ name: 'Ann' }, { name: 'Bob' }])
  if (!ann || !bob) throw new Error('two users were created')
  return { db, ann: actor(ann.id), bob: actor(bob.id) }
}

async function pages(
  db: Database,
  query: { orderBy?: OrderOf<typeof items>; limit: number },
): Promise<Item[]> {
  const all: Item[] = []
  let cursor: string | undefined
  do {
    const page = await db.system.list(items, { ...query, cursor })
    expect(page.items.length).toBeLessThanOrEqual(query.limit)
    all.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return all
}

const columns = ['name', 'rank', 'score', 'big', 'id'] as const
const orders = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...columns), fc.constantFrom('asc', 'desc')), {
    selector: ([name]) => name,
    maxLength: 4,
  })
  .map((terms) => Object.fromEntries(terms) as OrderOf<typeof items>)

const rows = fc.array(
  fc.record({
    name: fc.constantFrom('', 'a', 'b', '\uffff', '\u{10000}'),
    rank: fc.option(fc.constantFrom(1, 2, 3), { freq: 3 }),
    score: fc.option(fc.constantFrom(-1.5, 0, 2), { freq: 3 }),
    big: fc.constantFrom(0n, 2n ** 62n, 2n ** 62n + 1n, -(2n ** 63n)),
  }),
  { maxLength: 25 },
)

/** The order as it is promised, written out in JavaScript. */
function compare(order: OrderOf<typeof items>): (a: Item, b: Item) => number {
  const terms = Object.entries(order)
  const last = terms.at(-1)?.[1] ?? 'asc'
  return (a, b) => {
    for (const [name, direction] of [...terms, ['id', last]] as [keyof Item, string][]) {
      const result = ranked(a[name], b[name])
      if (result !== 0) return direction === 'asc' ? result : -result
    }
    return 0
  }
}

function ranked(a: Item[keyof Item], b: Item[keyof Item]): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? -1 : 1
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
  return (a as number) < (b as number) ? -1 : 1
}

describe('a list', () => {
  it('goes through all rows once, in every order', async () => {
    const { db, ann } = await fresh()
    await fc.assert(
      fc.asyncProperty(
        rows,
        orders,
        fc.integer({ min: 1, max: 7 }),
        async (given, orderBy, limit) => {
          await db.system.deleteMany(items, {})
          const stored = await db.as(ann).createMany(items, given)
          const expected = stored.toSorted(compare(orderBy))
          expect(await pages(db, { orderBy, limit })).toEqual(expected)
          expect(await db.system.first(items, { orderBy })).toEqual(expected[0] ?? null)
        },
      ),
      { numRuns: 250 },
    )
  })

  it('neither repeats nor skips rows while others come and go', async () => {
    const { db, ann } = await fresh()
    const made = await db.as(ann).createMany(
      items,
      Array.from({ length: 10 }, (_, rank) => ({ name: 'x', rank })),
    )
    const first = await db.as(ann).list(items, { orderBy: { rank: 'asc' }, limit: 5 })
    await db.as(ann).delete(items, made[4]?.id ?? '')
    await db.as(ann).create(items, { name: 'early', rank: 0 })
    const cursor = first.next ?? ''
    const second = await db.as(ann).list(items, { orderBy: { rank: 'asc' }, limit: 50, cursor })
    expect(second.items.map(({ rank }) => rank)).toEqual([5, 6, 7, 8, 9])
  })

  it('gives 50 rows unless told, and no next on the last page', async () => {
    const { db, ann } = await fresh()
    await db.as(ann).createMany(
      items,
      Array.from({ length: 51 }, () => ({ name: 'x', rank: null })),
    )
    const page = await db.as(ann).list(items)
    expect(page.items).toHaveLength(50)
    const rest = await db.as(ann).list(items, { cursor: page.next ?? '' })
    expect([rest.items.length, rest.next]).toEqual([1, null])
    expect((await db.as(ann).list(items, { limit: 51 })).next).toBeNull()
  })

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 1001 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ limit: '10' }, 'limit'],
    [{ limit: Number.NaN }, 'limit'],
    [{ orderBy: { nope: 'asc' } }, 'orderBy.nope'],
    [{ orderBy: { name: 'ASC; DROP TABLE items' } }, 'orderBy.name'],
    [{ orderBy: { name: undefined } }, 'orderBy.name'],
    [{ orderBy: ['name'] }, 'orderBy'],
    [{ orderBy: JSON.parse('{"__proto__": "asc"}') }, 'orderBy.__proto__'],
    [{ filter: { name: 'x' } }, 'filter'],
    [null, 'list()'],
  ])('refuses a query that means nothing: %j', async (query, path) => {
    const { db, ann } = await fresh()
    await expect(db.as(ann).list(items, query as never)).rejects.toMatchObject({
      code: 'invalid_query',
      status: 400,
      details: { issues: [{ path }] },
    })
  })
})
