import type { AnyTable, Handle, OrderOf } from 'plinth/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor, freshSource } from './fixture.ts'
import { faceOf, fill, openStage, tables } from './non-interference/compare.ts'
import { idOf, type Row, type Rows, ann as who } from './non-interference/rows.ts'
import { world } from './non-interference/world.ts'

// Each attack is tried by every operation that it can reach, once in each of two databases that differ
// only in what is attacked: an operation that answers them alike has told nothing.

const { people, boards, members, tasks, taskTags } = world
const MISSING = '01890000-0000-7000-8000-000000000000'

const bob = idOf('p', 1, 1)
const eve = idOf('p', 3, 0)
const board = idOf('b', 1, 0)
const elsewhere = idOf('b', 3, 0)
const task = idOf('t', 1, 0)
const sealed = idOf('t', 1, 1)
const secret = idOf('t', 3, 0)
const org = 'one'

/** What Ann sees: her board, a task and a sealed one below it, Bob, a tag. And some that she does not. */
const base: Rows = {
  people: [
    { id: who, org, name: 'Ann', open: true, email: 'ann' },
    { id: bob, org, name: 'Bob', open: true, sealed: true, email: 'x', salary: 1 },
    { id: eve, org, name: 'Eve', open: false, email: 'eve' },
  ],
  boards: [
    { id: board, org, owner: who, slug: 'home', title: 'Home', state: 'open' },
    { id: elsewhere, org, owner: bob, slug: 'away', title: 'Away', state: 'open' },
  ],
  members: [],
  tasks: [
    { id: task, org, board, title: 'Seen', rank: 1, weight: 1, score: 1n, data: { a: 1 } },
    { id: sealed, org, board, title: 'Sealed', rank: 2, sealed: true, parent: task },
  ],
  tags: [{ id: idOf('g', 1, 0), org, label: 'tag' }],
  taskTags: [],
  blocks: [],
}

/** The same rows, with other values in one of them. */
function changed(name: keyof Rows, key: string, values: Row): Rows {
  const rows = base[name].map((row) => (row['id'] === key ? { ...row, ...values } : row))
  return { ...base, [name]: rows }
}

function added(name: keyof Rows, ...rows: Row[]): Rows {
  return { ...base, [name]: [...base[name], ...rows] }
}

async function all(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const row of rows) found.push(row)
  return found
}

type Operations = Readonly<Record<string, (as: Handle) => Promise<unknown>>>

interface Attack {
  readonly on: string
  readonly one: Rows
  readonly two: Rows
  readonly operations: Operations
}

/** All ways to use a column of a table in a query. `value` is what it is in one of the databases. */
function usesOf(on: AnyTable, column: string, value: unknown, parts = true): Operations {
  const where = { [column]: value }
  const orderBy = { [column]: 'desc' } as OrderOf<AnyTable>
  const text = typeof value === 'string' && parts
  const compared: Operations = {
    'the filter of list': (as) => as.list(on, { where }),
    'a negated filter': (as) => as.list(on, { where: { not: where } }),
    'a list of values': (as) => as.list(on, { where: { [column]: { in: [value] } } }),
    'a test for null': (as) => as.count(on, { [column]: { ne: null } }),
    first: (as) => as.first(on, { where }),
    count: (as) => as.count(on, where),
    exists: (as) => as.exists(on, where),
    stream: (as) => all(as.stream(on, { where })),
    'the condition of update': (as) => as.update(on, String(base.tasks[1]?.['id']), {}, where),
    updateMany: (as) => as.updateMany(on, where, {}),
    'the condition of delete': (as) => as.delete(on, String(base.tasks[1]?.['id']), where),
    deleteMany: (as) => as.deleteMany(on, where),
    get: (as) => as.get(on, String(base.tasks[1]?.['id'])),
    select: (as) => as.list(on, { select: [column] }),
    'an aggregate of those that match': (as) => as.aggregate(on, { where, count: true }),
  }
  const ordered: Operations = {
    'an order': (as) => as.list(on, { orderBy }),
    'pages and their cursors': (as) => as.list(on, { orderBy, limit: 1 }),
    'a streamed order': (as) => all(as.stream(on, { orderBy, batch: 1 })),
    'groups of an aggregate': (as) => as.aggregate(on, { groupBy: [column], count: true }),
    'distinct values': (as) => as.list(on, { select: [column], distinct: true }),
  }
  const patterns: Operations = {
    startsWith: (as) => as.count(on, { [column]: { startsWith: value } }),
    endsWith: (as) => as.count(on, { [column]: { endsWith: value } }),
    contains: (as) => as.count(on, { [column]: { contains: value } }),
  }
  return { ...compared, ...(parts ? ordered : {}), ...(text ? patterns : {}) }
}

const numbers = (on: AnyTable, column: string): Operations => ({
  min: (as) => as.aggregate(on, { min: [column] }),
  max: (as) => as.aggregate(on, { max: [column] }),
  sum: (as) => as.aggregate(on, { sum: [column] } as never),
  avg: (as) => as.aggregate(on, { avg: [column] } as never),
  'a condition on groups': (as) =>
    as.aggregate(on, { groupBy: ['org'], max: [column], having: { max: { [column]: { gt: 5 } } } }),
})

const hiddenTask = (values: Row): Row => ({
  ...{ id: secret, org, board, title: 'Hidden', rank: 9, hush: true, assignee: eve, ...values },
})

const attacks: readonly Attack[] = [
  {
    on: 'a field that is hidden in some rows',
    one: changed('tasks', sealed, { weight: 7 }),
    two: changed('tasks', sealed, { weight: 8 }),
    operations: { ...usesOf(tasks, 'weight', 7), ...numbers(tasks, 'weight') },
  },
  {
    on: 'a field that is hidden in all rows',
    one: changed('tasks', sealed, { score: 7n }),
    two: changed('tasks', sealed, { score: 8n }),
    operations: { ...usesOf(tasks, 'score', 7n), ...numbers(tasks, 'score') },
  },
  {
    on: 'a hidden text',
    one: changed('people', bob, { email: 'bob' }),
    two: changed('people', bob, { email: 'rob' }),
    operations: {
      ...usesOf(people, 'email', 'bob'),
      ...usesOf(people, 'card', 'Bob bob'),
      'a filter through a relation': (as) => as.count(tasks, { who: { email: 'bob' } }),
      'an update that computes from it': (as) => as.update(people, bob, { name: 'Bo' }),
    },
  },
  {
    on: 'a path into hidden JSON',
    one: changed('tasks', sealed, { data: { a: 7, b: ['x'] } }),
    two: changed('tasks', sealed, { data: { a: 8 } }),
    operations: {
      ...usesOf(tasks, 'data', { path: ['a'], eq: 7 }, false),
      'a list inside': (as) => as.list(tasks, { where: { data: { path: ['a'], in: [7] } } }),
      'a missing path': (as) => as.list(tasks, { where: { data: { path: ['b', 0], ne: 'x' } } }),
      'a negated path': (as) =>
        as.list(tasks, { where: { not: { data: { path: ['a'], gt: 7 } } } }),
      'an included filter': (as) =>
        as.list(boards, { include: { tasks: { where: { data: { path: ['a'], eq: 7 } } } } }),
    },
  },
  {
    on: 'a hidden reference',
    one: changed('tasks', sealed, { assignee: bob }),
    two: changed('tasks', sealed, { assignee: eve }),
    operations: {
      ...usesOf(tasks, 'assignee', bob),
      'an include of what it leads to': (as) => as.list(tasks, { include: { who: true } }),
      'an include without the column': (as) =>
        as.list(tasks, { select: ['title'], include: { who: { select: ['name'] } } }),
      'an include from its other end': (as) => as.list(people, { include: { tasks: true } }),
      'a filter through it': (as) => as.list(tasks, { where: { who: { name: 'Bob' } } }),
      'its being there': (as) => as.list(tasks, { where: { who: null } }),
      'a filter from its other end': (as) => as.list(people, { where: { tasks: { some: {} } } }),
      'none at its other end': (as) => as.list(people, { where: { tasks: { none: {} } } }),
      'all at its other end': (as) =>
        as.list(people, { where: { tasks: { every: { title: 'Seen' } } } }),
    },
  },
  {
    on: 'whether a hidden row is there',
    one: added('tasks', hiddenTask({ rank: -1 })),
    two: base,
    operations: {
      get: (as) => as.get(tasks, secret),
      first: (as) => as.first(tasks, { orderBy: { rank: 'asc' } }),
      list: (as) => as.list(tasks),
      'the end of pages': (as) => as.list(tasks, { limit: 2 }),
      'cursors of pages': (as) => as.list(tasks, { limit: 1, orderBy: { rank: 'asc' } }),
      stream: (as) => all(as.stream(tasks, { batch: 1 })),
      distinct: (as) => as.list(tasks, { select: ['rank'], distinct: true }),
      count: (as) => as.count(tasks),
      exists: (as) => as.exists(tasks, { id: secret }),
      aggregate: (as) => as.aggregate(tasks, { count: true, min: ['rank'], groupBy: ['board'] }),
      create: (as) => as.create(taskTags, link(secret)),
      createMany: (as) => as.createMany(taskTags, [link(task), link(secret)]),
      upsert: (as) => as.upsert(taskTags, link(secret), { on: ['id'] }),
      update: (as) => as.update(tasks, secret, { title: 'x' }),
      'update with a version': (as) => as.update(tasks, secret, { title: 'x', version: 9 }),
      'update to what is forbidden': (as) => as.update(tasks, secret, { org: 'two' }),
      'update of nothing': (as) => as.update(tasks, secret, {}),
      'update that refers to it': (as) => as.update(tasks, task, { parent: secret }),
      updateMany: (as) => as.updateMany(tasks, {}, { title: 'x' }),
      'updateMany that refers to it': (as) => as.updateMany(tasks, {}, { parent: secret }),
      'updateMany of those that are forbidden': (as) =>
        as.updateMany(tasks, { title: 'Hidden' }, { org: 'two' }),
      delete: (as) => as.delete(tasks, secret),
      deleteMany: (as) => as.deleteMany(tasks, { rank: { lte: 9 } }),
      'include of many': (as) => as.list(boards, { include: { tasks: true } }),
      'include of the first': (as) =>
        as.list(boards, { include: { tasks: { limit: 1, orderBy: { rank: 'asc' } } } }),
      'some of a relation': (as) => as.list(boards, { where: { tasks: { some: { rank: -1 } } } }),
      'none of a relation': (as) => as.list(boards, { where: { tasks: { none: { rank: -1 } } } }),
      'every of a relation': (as) =>
        as.list(boards, { where: { tasks: { every: { rank: { gt: 0 } } } } }),
      'a transaction': (as) => as.transaction((tx) => tx.update(tasks, secret, { title: 'x' })),
    },
  },
  {
    on: 'where a hidden row stands in a tree',
    one: added('tasks', hiddenTask({ parent: task })),
    two: added('tasks', hiddenTask({ parent: sealed })),
    operations: {
      'include of those below': (as) => as.list(tasks, { include: { below: true } }),
      'include two levels up': (as) =>
        as.list(tasks, { include: { above: { include: { below: true } } } }),
      'some below': (as) => as.list(tasks, { where: { below: { some: {} } } }),
      'none below': (as) => as.list(tasks, { where: { below: { none: { hush: true } } } }),
      'delete of the row above': (as) => as.delete(tasks, task),
      'deleteMany of rows above': (as) => as.deleteMany(tasks, {}),
    },
  },
  {
    on: 'the values of a hidden row that a seen one refers to',
    one: withLink({ label: 'secret', secret: true }),
    two: withLink({ label: 'other', secret: true }),
    operations: {
      'include through a table between': (as) => as.list(tasks, { include: { tags: true } }),
      'include of one': (as) => as.list(taskTags, { include: { with: true } }),
      'some through a table between': (as) =>
        as.list(tasks, { where: { tags: { some: { label: 'secret' } } } }),
      'every through a table between': (as) =>
        as.list(tasks, { where: { tags: { every: { label: 'secret' } } } }),
      'a filter through one': (as) => as.list(taskTags, { where: { with: { label: 'secret' } } }),
      'its being there': (as) => as.count(taskTags, { with: null }),
    },
  },
  {
    on: 'who is behind a hidden row between',
    one: added('members', { id: idOf('m', 3, 0), org, board: elsewhere, person: eve, level: 1 }),
    two: added('members', { id: idOf('m', 3, 0), org, board: elsewhere, person: bob, level: 1 }),
    operations: {
      'include through it': (as) => as.list(people, { include: { boards: true } }),
      'a filter through it': (as) => as.list(people, { where: { boards: { some: {} } } }),
      'none through it': (as) => as.list(people, { where: { boards: { none: {} } } }),
      'the rows themselves': (as) => as.list(members, { include: { who: true, in: true } }),
    },
  },
  {
    on: 'the rows of another tenant',
    one: added('boards', foreign({ title: 'theirs', slug: 'taken' })),
    two: base,
    operations: {
      list: (as) => as.list(boards, { where: { title: 'theirs' } }),
      get: (as) => as.get(boards, idOf('b', 3, 9)),
      update: (as) => as.update(boards, idOf('b', 3, 9), { title: 'x' }),
      updateMany: (as) => as.updateMany(boards, { title: 'theirs' }, { title: 'x' }),
      delete: (as) => as.delete(boards, idOf('b', 3, 9)),
      'create in it': (as) => as.create(boards, foreign({ title: 'x', slug: 'taken' }) as never),
      'createMany in it': (as) =>
        as.createMany(boards, [foreign({ title: 'x', slug: 'taken' }) as never]),
      'upsert into it': (as) =>
        as.upsert(boards, foreign({ title: 'x', slug: 'taken' }) as never, {
          on: ['org', 'owner', 'slug'],
        }),
      'a wrong upsert into it': (as) =>
        as.upsert(boards, foreign({ title: 'x', slug: 'taken' }) as never, {
          on: ['org', 'owner', 'slug'],
          update: { owner: MISSING },
        }),
      'a move into it': (as) => as.update(boards, board, { org: 'two', slug: 'taken' }),
      'a reference into it': (as) => as.update(tasks, task, { board: idOf('b', 3, 9) }),
    },
  },
]

function link(to: string) {
  return { org, task: to, tag: idOf('g', 1, 0) }
}

function withLink(tag: Row): Rows {
  const hidden = { id: idOf('g', 3, 0), org, ...tag }
  const between = { id: idOf('l', 1, 0), org, task, tag: hidden.id }
  return { ...base, tags: [...base.tags, hidden], taskTags: [between] }
}

function foreign(values: Row): Row {
  return { id: idOf('b', 3, 9), org: 'two', owner: who, ...values }
}

describe.each(attacks)('an attack on $on', ({ one: first, two: second, operations }) => {
  const names = Object.keys(operations)

  it(`learns nothing from ${names.join(', ')}`, { timeout: 120_000 }, async () => {
    const stage = await openStage(await freshSource(tables))
    onTestFinished(() => stage.db.close())
    const answersTo = async (rows: Rows): Promise<{ ann: Answers; system: Answers }> => {
      await fill(stage, rows)
      const ann = await answersOf(stage.db.as(actor(who, org)), operations)
      return { ann, system: await answersOf(stage.db.system, operations) }
    }
    const told = await answersTo(first)
    const again = await answersTo(second)
    expect(again.ann).toEqual(told.ann)
    // There is something to be told: past all rules it is.
    expect(again.system).not.toEqual(told.system)
    expect(Object.values(told.ann).filter((face) => isMistake(face))).toEqual([])
  })
})

type Answers = Readonly<Record<string, unknown>>

/** What each operation answers. What one of them wrote is not there for the next. */
async function answersOf(handle: Handle, operations: Operations): Promise<Answers> {
  const answers: Record<string, unknown> = {}
  const rollback = new Error('rollback')
  for (const [name, operation] of Object.entries(operations)) {
    const done = handle.transaction(async (tx) => {
      answers[name] = withoutIds(await operation(tx).catch(faceOf))
      throw rollback
    })
    await expect(done).rejects.toBe(rollback)
  }
  return answers
}

/** Ids that the server made differ by themselves. */
function withoutIds(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer ?? null, (key, value) => {
      if (typeof value === 'bigint') return `${value}n`
      const made = key === 'id' && typeof value === 'string' && !value.startsWith('0000000')
      return made ? 'made' : value
    }),
  )
}

/** What would make the comparison worthless: an error that no attack is about. */
function isMistake(face: unknown): boolean {
  const code = (face as { code?: string } | null)?.code
  return code === 'misuse' || code === 'storage_failed' || code === 'invalid_query'
}
