import {
  type AnyTable,
  generated,
  type Handle,
  id,
  one,
  ref,
  schema,
  table,
  version,
} from 'plinth/data'
import * as v from 'valibot'
import { actor } from '../fixture.ts'

// What the tests of faults, aborts and timeouts run: every operation of a handle, on rows whose ids
// are given, so that what is stored before and after can be compared to the letter.

const text = v.pipe(v.string(), v.maxLength(60))

export const teams = table(
  'teams',
  { id: id(), open: v.boolean() },
  { policy: { read: { open: true } } },
)

const itemsTable = table(
  'items',
  {
    id: id(),
    team: ref(teams),
    owner: text,
    slug: text,
    size: v.pipe(v.number(), v.integer()),
    secret: v.nullable(text),
    label: generated(text, {
      from: ['slug', 'size'],
      value: ({ slug, size }) => `${slug}:${size}`,
    }),
    count: version(),
  },
  {
    unique: [['slug']],
    policy: { all: (a) => ({ owner: a.id }) },
    fields: { secret: { read: false } },
  },
)
const linked = schema(
  {
    teams,
    items: itemsTable,
    notes: table('notes', { id: id(), item: ref(itemsTable, { onDelete: 'cascade' }), text }),
  },
  {
    relations: { items: { team_: one('teams', 'team') }, notes: { of: one('items', 'item') } },
    // Asks a row of another table, so that a statement of its own comes before each write.
    policies: { notes: { all: (a) => ({ of: { owner: a.id } }) } },
  },
)
const { notes } = linked
export const items: typeof linked.items = linked.items

export const tables: readonly AnyTable[] = [linked.teams, items, notes]

export const ann: ReturnType<typeof actor> = actor('ann')

/** The n-th of the ids that are used here. */
export function idOf(n: number): string {
  return `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export function rowOf(n: number, more: { slug?: string; size?: number } = {}) {
  return { id: idOf(n), team: idOf(1), owner: 'ann', slug: `s${n}`, size: n, secret: 'x', ...more }
}

/** What is there before each operation. */
export async function seed(system: Handle): Promise<void> {
  await system.transaction(
    async (tx) => {
      await tx.deleteMany(notes, {})
      await tx.deleteMany(items, {})
      await tx.deleteMany(teams, {})
      await tx.createMany(teams, [{ id: idOf(1), open: true }])
      await tx.createMany(
        items,
        [11, 12, 13].map((n) => rowOf(n)),
      )
      await tx.createMany(notes, [{ id: idOf(21), item: idOf(11), text: 'old' }])
    },
    { timeout: 60_000 },
  )
}

/** All rows there are. */
export async function snapshot(system: Handle): Promise<unknown> {
  const lists: unknown[] = []
  for (const table of [linked.teams, items, notes]) {
    lists.push((await system.list(table, { limit: 1000, orderBy: { id: 'asc' } })).items)
  }
  return lists
}

export interface Operation {
  readonly name: string
  /** Runs it; calls `hook` after each commit that it asks to be told of. */
  run(handle: Handle, hook: (name: string) => void): Promise<unknown>
  /** The hooks that run when all of it is committed, in order. */
  readonly hooks?: readonly string[]
}

const others = [rowOf(31), rowOf(32), rowOf(33)]
const batch = Array.from({ length: 53 }, (_, at) => rowOf(100 + at))

export const writes: readonly Operation[] = [
  { name: 'create', run: (h) => h.create(items, rowOf(30)) },
  {
    name: 'create by a rule about another row',
    run: (h) => h.create(notes, { id: idOf(40), item: idOf(12), text: 'new' }),
  },
  { name: 'createMany', run: (h) => h.createMany(items, batch) },
  {
    name: 'upsert of a new row',
    run: (h) => h.upsert(items, rowOf(30), { on: ['slug'] }),
  },
  {
    name: 'upsert of a row that is there',
    run: (h) => h.upsert(items, rowOf(30, { slug: 's11', size: 5 }), { on: ['slug'] }),
  },
  { name: 'update', run: (h) => h.update(items, idOf(11), { owner: 'ann', secret: 'y' }) },
  {
    name: 'update of what others are computed from',
    run: (h) => h.update(items, idOf(11), { size: 70 }),
  },
  {
    name: 'update by a rule about another row',
    run: (h) => h.update(notes, idOf(21), { text: 'changed', item: idOf(12) }),
  },
  { name: 'updateMany', run: (h) => h.updateMany(items, {}, { secret: 'z' }) },
  {
    name: 'updateMany of what others are computed from',
    run: (h) => h.updateMany(items, {}, { size: 8 }),
  },
  { name: 'delete', run: (h) => h.delete(items, idOf(11)) },
  { name: 'deleteMany', run: (h) => h.deleteMany(items, { size: { lt: 13 } }) },
  {
    name: 'deleteMany by a rule about another row',
    run: (h) => h.deleteMany(notes, { text: 'old' }),
  },
]

const reads = async (h: Handle): Promise<void> => {
  await h.get(items, idOf(11))
  await h.first(items, { include: { team_: true } })
  await h.list(items, { include: { team_: true } })
  for await (const _ of h.stream(items, { batch: 2 }));
  await h.count(items)
  await h.exists(notes, { text: 'old' })
  await h.aggregate(items, { groupBy: ['owner'], count: true, sum: ['size'] })
}

const nested = async (h: Handle, hook: (name: string) => void): Promise<void> => {
  await h.transaction(async (tx) => {
    tx.afterCommit(() => hook('outer'))
    await tx.create(items, rowOf(30))
    await tx.transaction(async (inner) => {
      inner.afterCommit(() => hook('inner'))
      await inner.update(items, idOf(30), { size: 31 })
      await inner.transaction(async (deep) => {
        deep.afterCommit(() => hook('deep'))
        await deep.createMany(items, others)
      })
    })
    await takenBack(tx, hook)
    await tx.upsert(items, rowOf(0, { slug: 's12', size: 1 }), { on: ['slug'] })
    tx.afterCommit(() => hook('last'))
  })
}

/** Undone by its own will; an error that is not its own goes on. */
async function takenBack(tx: Handle, hook: (name: string) => void): Promise<void> {
  const back = new Error('taken back')
  try {
    await tx.transaction(async (inner) => {
      inner.afterCommit(() => hook('never'))
      await inner.deleteMany(items, {})
      throw back
    })
  } catch (error) {
    if (error !== back) throw error
  }
}

export const transactions: readonly Operation[] = [
  { name: 'nested transactions', run: nested, hooks: ['outer', 'inner', 'deep', 'last'] },
  {
    name: 'a transaction of many reads and a write',
    hooks: ['read'],
    run: (h, hook) =>
      h.transaction(async (tx) => {
        tx.afterCommit(() => hook('read'))
        await reads(tx)
        await tx.create(items, rowOf(30))
        await reads(tx)
      }),
  },
  {
    name: 'a transaction of verbs that are not awaited one by one',
    run: (h) =>
      h.transaction(async (tx) => {
        await Promise.all([
          tx.createMany(items, others),
          tx.create(items, rowOf(30)),
          tx.upsert(items, rowOf(0, { slug: 's12', size: 1 }), { on: ['slug'] }),
          tx.updateMany(items, { slug: 's11' }, { size: 1 }),
        ])
      }),
  },
]
