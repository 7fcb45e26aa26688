import fc from 'fast-check'
import {
  type Database,
  type Filter,
  type Handle,
  type Insert,
  id,
  type ListQuery,
  type Patch,
  type ReferencedTable,
  type Row,
  ref,
  table,
  timestamp,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

/** Ann sees what is hers or shared, changes what is hers, and deletes what is hers and not locked. */
const items = table(
  'items',
  {
    id: id(),
    owner: v.picklist(['ann', 'bob']),
    shared: v.boolean(),
    state: v.nullable(v.picklist(['open', 'locked'])),
    rank: v.pipe(v.number(), v.integer()),
    parent: ref((): ReferencedTable => items, { nullable: true, onDelete: 'set null' }),
    at: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  {
    indexes: [['owner', 'rank']],
    policy: {
      read: (a) => ({ or: [{ owner: a.id as 'ann' }, { shared: true }] }),
      create: (a) => ({ owner: a.id as 'ann' }),
      update: (a) => ({ owner: a.id as 'ann' }),
      delete: (a) => ({ owner: a.id as 'ann', state: { ne: 'locked' } }),
    },
  },
)
type Item = Row<typeof items>
type NewItem = Insert<typeof items> & { id: string }

const uuid = (group: number, n: number) =>
  `00000000-0000-7000-800${group}-${String(n).padStart(12, '0')}`
const visibleId = fc.integer({ min: 0, max: 5 }).map((n) => uuid(1, n))
const hiddenId = fc.integer({ min: 0, max: 5 }).map((n) => uuid(2, n))
const anyId = fc.oneof(visibleId, hiddenId, fc.constant(uuid(3, 0)))

const state = fc.constantFrom(null, 'open' as const, 'locked' as const)
const rank = fc.integer({ min: 0, max: 3 })
const owner = fc.constantFrom('ann' as const, 'bob' as const)

const visible = fc.uniqueArray(
  fc
    .record({ id: visibleId, owner, state, rank })
    .map((row): NewItem => ({ ...row, shared: row.owner === 'bob' })),
  { selector: (row) => row.id, maxLength: 6 },
)
const hidden = fc.uniqueArray(
  fc.record({
    id: hiddenId,
    owner: fc.constant('bob' as const),
    shared: fc.constant(false),
    state,
    rank,
  }),
  { selector: (row) => row.id, maxLength: 6 },
)

const filter: fc.Arbitrary<Filter<Item>> = fc.oneof(
  fc.constant({}),
  rank.map((gte) => ({ rank: { gte } })),
  state.map((each) => ({ state: each })),
  state.map((each) => ({ not: { state: each } })),
  owner.map((each) => ({ owner: each })),
  fc.array(anyId, { maxLength: 3 }).map((ids) => ({ id: { in: ids } })),
  anyId.map((parent) => ({ or: [{ parent }, { parent: null }] })),
)
const patch: fc.Arbitrary<Patch<typeof items>> = fc.record(
  { owner, shared: fc.boolean(), state, rank, parent: fc.option(anyId) },
  { requiredKeys: [] },
)
const orderBy = fc.constantFrom<NonNullable<ListQuery<typeof items>['orderBy']>>(
  {},
  { rank: 'asc' },
  { rank: 'desc', state: 'asc' },
  { parent: 'desc' },
)

type Step = (as: Handle, turn: number) => Promise<unknown>

const step: fc.Arbitrary<Step> = fc.oneof(
  anyId.map(
    (key): Step =>
      (as) =>
        as.get(items, key),
  ),
  fc.tuple(filter, orderBy).map(([where, order]): Step => {
    return (as) => as.first(items, { where, orderBy: order })
  }),
  filter.map(
    (where): Step =>
      (as) =>
        as.count(items, where),
  ),
  fc.tuple(filter, orderBy, rank).map(([where, order, limit]): Step => {
    return (as) => allPages(as, { where, orderBy: order, limit: limit + 1 })
  }),
  fc.tuple(owner, fc.option(anyId), rank).map(([own, parent, n]): Step => {
    const row = { owner: own, shared: false, state: null, rank: n, parent }
    return (as, turn) => as.create(items, { ...row, id: uuid(4, turn) })
  }),
  fc.array(fc.option(anyId), { maxLength: 3 }).map((parents): Step => {
    return (as, turn) =>
      as.createMany(
        items,
        parents.map((parent, at) => ({
          ...{ id: uuid(5, turn * 10 + at), owner: 'ann', shared: false, rank: at, parent },
        })) as Insert<typeof items>[],
      )
  }),
  fc.tuple(anyId, patch, fc.option(filter)).map(([key, change, where]): Step => {
    return (as) => as.update(items, key, change, where ?? undefined)
  }),
  fc.tuple(filter, patch).map(([where, change]): Step => {
    return (as) => as.updateMany(items, where, change)
  }),
  anyId.map(
    (key): Step =>
      (as) =>
        as.delete(items, key),
  ),
  filter.map(
    (where): Step =>
      (as) =>
        as.deleteMany(items, where),
  ),
)

async function allPages(as: Handle, query: ListQuery<typeof items>): Promise<unknown[]> {
  const pages = [await as.list(items, query)]
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) {
    pages.push(await as.list(items, { ...query, cursor: next }))
  }
  return pages
}

/** Everything that Ann gets to see while she goes through the steps. */
async function answers(db: Database, rows: NewItem[], steps: Step[]): Promise<unknown[]> {
  await db.system.deleteMany(items, {})
  await db.system.createMany(items, rows)
  const seen: unknown[] = []
  for (const [turn, run] of steps.entries()) {
    const answer = await run(db.as(actor('ann')), turn).catch((error: unknown) => {
      const { code, status, message, details, headers } = error as Record<string, unknown>
      return { code, status, message, details, headers }
    })
    seen.push(answer)
  }
  return seen
}

describe('what an actor cannot see', () => {
  it('changes no answer, count, error or cursor', async () => {
    const db = await openFresh([items], { clock: { now: () => 1000 } })
    const steps = fc.array(step, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(visible, hidden, hidden, steps, async (shown, one, two, run) => {
        const first = await answers(db, [...shown, ...one], run)
        const second = await answers(db, [...shown, ...two], run)
        expect(second).toEqual(first)
      }),
      { numRuns: 500 },
    )
  })

  it('is changed by nothing that the actor does', async () => {
    const db = await openFresh([items], { clock: { now: () => 1000 } })
    const steps = fc.array(step, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(visible, hidden, steps, async (shown, rows, run) => {
        await answers(db, [...shown, ...rows], run)
        const where = { id: { in: rows.map((row) => row.id) } }
        const { items: left } = await db.system.list(items, { where, limit: 1000 })
        expect(left).toHaveLength(rows.length)
        for (const row of rows) expect(left).toContainEqual(expect.objectContaining(row))
      }),
      { numRuns: 200 },
    )
  })
})
