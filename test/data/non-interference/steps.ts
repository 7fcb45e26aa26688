import fc from 'fast-check'
import type { AnyTable, Handle, ListQuery, Page } from 'plinth/data'
import { idOf } from './rows.ts'
import { type TableName, world } from './world.ts'

// What Ann does: any verb with any query that the tables make possible, and some that they do not.

/** One thing to do, as data: what fails is printed and can be run again. */
export interface Step {
  readonly verb: string
  readonly table: TableName
  readonly args: readonly unknown[]
}

type Kind = 'id' | 'text' | 'count' | 'real' | 'bigint' | 'boolean' | 'date' | 'json'
interface Shape {
  readonly columns: Readonly<Record<string, Kind>>
  readonly one: Readonly<Record<string, TableName>>
  readonly many: Readonly<Record<string, TableName>>
}

const shapes: Readonly<Record<TableName, Shape>> = {
  people: {
    columns: {
      ...{ id: 'id', org: 'text', name: 'text', open: 'boolean', sealed: 'boolean', email: 'text' },
      ...{ salary: 'count', boss: 'id', initial: 'text', card: 'text' },
    },
    one: { chief: 'people' },
    many: { reports: 'people', tasks: 'tasks', boards: 'boards' },
  },
  boards: {
    columns: {
      ...{ id: 'id', org: 'text', owner: 'id', slug: 'text', title: 'text', state: 'text' },
      ...{ memo: 'text', version: 'count' },
    },
    one: { keeper: 'people' },
    many: { members: 'members', tasks: 'tasks', people: 'people' },
  },
  members: {
    columns: { id: 'id', org: 'text', board: 'id', person: 'id', level: 'count' },
    one: { in: 'boards', who: 'people' },
    many: {},
  },
  tasks: {
    columns: {
      ...{ id: 'id', org: 'text', board: 'id', parent: 'id', assignee: 'id', title: 'text' },
      ...{ rank: 'count', weight: 'real', score: 'bigint', hush: 'boolean', sealed: 'boolean' },
      ...{ data: 'json', changed: 'date', label: 'text', version: 'count' },
    },
    one: { in: 'boards', above: 'tasks', who: 'people' },
    many: { below: 'tasks', tags: 'tags', links: 'taskTags', blocks: 'tasks', blockedBy: 'tasks' },
  },
  tags: {
    columns: { id: 'id', org: 'text', label: 'text', secret: 'boolean' },
    one: {},
    many: { tasks: 'tasks' },
  },
  taskTags: {
    columns: { id: 'id', org: 'text', task: 'id', tag: 'id', shown: 'boolean' },
    one: { of: 'tasks', with: 'tags' },
    many: {},
  },
  blocks: {
    columns: { id: 'id', org: 'text', blocker: 'id', blocked: 'id', sealed: 'boolean' },
    one: {},
    many: {},
  },
}

const ids = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('p', 'b', 'm', 't', 'g'), fc.nat(4))
      .map(([kind, n]) => idOf(kind as 'p', 1, n)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('p', 'b', 't', 'g', 'l', 'k'), fc.constantFrom(2, 3), fc.nat(3))
      .map(([kind, group, n]) => idOf(kind as 'p', group, n)),
  },
  { weight: 1, arbitrary: fc.constantFrom('01890000-0000-7000-8000-000000000000', 'nonsense') },
)

/** Ids of rows of one kind, seen and hidden. */
const idsOf = (kind: Parameters<typeof idOf>[0]) =>
  fc.tuple(fc.constantFrom(1, 1, 1, 2, 3, 4), fc.nat(3)).map(([group, n]) => idOf(kind, group, n))

const texts = fc.constantFrom(
  '',
  'a',
  'b',
  'ab',
  'B',
  '%',
  'ä',
  '\u{1f600}',
  'one',
  'two',
  'open',
  'a#1',
)
const values: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  id: ids,
  text: texts,
  count: fc.integer({ min: -1, max: 3 }),
  real: fc.constantFrom(0, 0.5, -1, 2),
  bigint: fc.constantFrom(0n, 1n, -5n, 2n ** 53n + 1n),
  boolean: fc.boolean(),
  date: fc.constantFrom(new Date(0), new Date(1000), new Date(2000)),
  json: fc.constant(null),
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })

function comparison(kind: Kind): fc.Arbitrary<unknown> {
  if (kind === 'json') return insideJson
  const value = values[kind]
  const plain = [
    orNull(value),
    orNull(value).map((eq) => ({ eq })),
    orNull(value).map((ne) => ({ ne })),
    fc.array(value, { maxLength: 3 }).map((list) => ({ in: list })),
  ]
  const ordered = kind === 'id' || kind === 'boolean' ? [] : ['gt', 'gte', 'lt', 'lte']
  const parts = kind === 'text' ? ['startsWith', 'endsWith', 'contains'] : []
  return fc.oneof(
    ...plain,
    ...[...ordered, ...parts].map((operator) => value.map((operand) => ({ [operator]: operand }))),
  )
}

const insideJson = fc.oneof(
  fc.constantFrom(null, { ne: null }),
  fc
    .tuple(
      fc.constantFrom(['a'], ['b', 0], ['b', 1, 'c'], ['a', 'a'], ['x']),
      fc.constantFrom(
        ...[{ eq: 1 }, { eq: 'x' }, { ne: 1 }, { ne: true }, { gt: 0 }, { in: ['x', 'y'] }],
        ...[{ startsWith: 'a' }, { contains: '' }, { lte: 'x' }],
      ),
    )
    .map(([path, test]) => ({ path, ...test })),
)

/** Filters of a table, through relations to a depth. */
function filters(table: TableName, depth = 2): fc.Arbitrary<Record<string, unknown>> {
  const { columns, one, many } = shapes[table]
  const leaves = Object.entries(columns).map(([column, kind]) =>
    comparison(kind).map((test) => ({ [column]: test })),
  )
  const leaf = fc.oneof(...leaves)
  if (depth === 0) return leaf
  const related = [
    ...Object.entries(one).map(([name, target]) =>
      orNull(filters(target, depth - 1)).map((test) => ({ [name]: test })),
    ),
    ...Object.entries(many).map(([name, target]) =>
      fc
        .tuple(
          fc.constantFrom('some', 'every', 'none'),
          fc.oneof(fc.constant({}), filters(target, depth - 1)),
        )
        .map(([quantifier, test]) => ({ [name]: { [quantifier]: test } })),
    ),
  ]
  const nested = filters(table, depth - 1)
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.constant({}) },
    ...(related.length > 0 ? [{ weight: 5, arbitrary: fc.oneof(...related) }] : []),
    { weight: 1, arbitrary: nested.map((not) => ({ not })) },
    { weight: 1, arbitrary: fc.tuple(nested, leaf).map((or) => ({ or })) },
    { weight: 1, arbitrary: fc.tuple(leaf, nested).map((and) => ({ and })) },
  )
}

const directions = fc.constantFrom(
  'asc',
  'desc',
  { direction: 'asc', nulls: 'last' },
  { direction: 'desc', nulls: 'first' },
)

function orders(columns: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...columns), directions), {
      selector: ([name]) => name,
      maxLength: 2,
    })
    .map((terms) => Object.fromEntries(terms))
}

const columnsOf = (table: TableName) => Object.keys(shapes[table].columns)
const selections = (table: TableName, maxLength: number) =>
  fc.uniqueArray(fc.constantFrom(...columnsOf(table)), { minLength: 1, maxLength })

function includes(table: TableName, depth = 2): fc.Arbitrary<Record<string, unknown>> {
  const { one, many } = shapes[table]
  const toOne = Object.entries(one).map(([name, target]) =>
    fc.oneof(fc.constant(true), shape(target, depth - 1)).map((query) => ({ [name]: query })),
  )
  const toMany = Object.entries(many).map(([name, target]) =>
    fc.oneof(fc.constant(true), listing(target, depth - 1)).map((query) => ({ [name]: query })),
  )
  const all = [...toOne, ...toMany]
  if (all.length === 0) return fc.constant({})
  return fc.tuple(fc.oneof(...all), fc.oneof(...all)).map(([a, b]) => ({ ...a, ...b }))
}

function shape(table: TableName, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const include = depth > 0 ? includes(table, depth) : fc.constant({})
  return fc.record({ select: selections(table, 3), include }, { requiredKeys: [] })
}

function listing(table: TableName, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const include = depth > 0 ? includes(table, depth) : fc.constant({})
  return fc.record(
    {
      select: selections(table, 3),
      include,
      where: filters(table, 1),
      orderBy: orders(columnsOf(table)),
      limit: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: [] },
  )
}

function aggregates(table: TableName): fc.Arbitrary<Record<string, unknown>> {
  const all = Object.entries(shapes[table].columns)
  const of = (...kinds: Kind[]) =>
    all.filter(([, kind]) => kinds.includes(kind)).map(([name]) => name)
  const numbers = of('count', 'real', 'bigint')
  const ordered = of('count', 'real', 'bigint', 'text', 'date')
  const some = (names: readonly string[]) =>
    fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 })
  const sums = numbers.length > 0 ? { sum: some(numbers), avg: some(numbers) } : {}
  return fc.record(
    {
      where: filters(table, 1),
      groupBy: some(columnsOf(table)),
      count: fc.constant(true),
      ...sums,
      min: some(ordered),
      max: some(ordered),
      having: fc.constantFrom({ count: { gt: 1 } }, { count: { lte: 1 } }),
      orderBy: fc.constantFrom({}, { count: 'desc' }),
      limit: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: ['count'] },
  )
}

/** Values of new rows and of patches: mostly right, sometimes not. */
const changes: Readonly<Record<TableName, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  people: {
    name: texts,
    email: orNull(texts),
    salary: values.count,
    boss: orNull(idsOf('p')),
    open: fc.boolean(),
  },
  boards: {
    title: texts,
    slug: orNull(texts),
    state: fc.constantFrom(null, 'open', 'locked', 'other'),
    memo: orNull(texts),
    owner: idsOf('p'),
    org: fc.constantFrom('one', 'one', 'one', 'two'),
  },
  members: { board: idsOf('b'), person: idsOf('p'), level: values.count },
  tasks: {
    board: idsOf('b'),
    parent: orNull(idsOf('t')),
    assignee: orNull(idsOf('p')),
    title: texts,
    rank: orNull(values.count),
    weight: orNull(values.real),
    score: orNull(values.bigint),
    data: fc.constantFrom(null, { a: 1 }, { a: 'x' }, 5),
    hush: fc.boolean(),
    label: texts,
  },
  tags: { label: texts },
  taskTags: { task: idsOf('t'), tag: idsOf('g'), shown: fc.constant(true) },
  blocks: { blocker: idsOf('t'), blocked: orNull(idsOf('t')) },
}

/** What a new row needs. */
const required: Readonly<Record<TableName, readonly string[]>> = {
  people: ['name'],
  boards: ['title'],
  members: ['board', 'person', 'level'],
  tasks: ['board', 'title'],
  tags: ['label'],
  taskTags: ['task', 'tag'],
  blocks: ['blocker', 'blocked'],
}

const inserts = (table: TableName) =>
  fc
    .record(changes[table], { requiredKeys: [...required[table]] })
    .map((row): Record<string, unknown> => ({ org: 'one', ...sparse(table, row) }))

/** Most optional values are left out: one that is denied would hide what the others come to. */
function sparse(table: TableName, row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row)
  const kept = entries.filter(
    ([name], at) => required[table].includes(name) || at % 3 === entries.length % 3,
  )
  return Object.fromEntries(kept)
}

const patches = (table: TableName) =>
  fc
    .tuple(
      fc.record(changes[table], { requiredKeys: [] }),
      fc.option(fc.integer({ min: 1, max: 3 }), { freq: 3 }),
    )
    .map(([row, version]) => {
      const kept = Object.fromEntries(Object.entries(row).slice(0, 2))
      return version === null || !('version' in shapes[table].columns) ? kept : { ...kept, version }
    })

const letters = {
  people: 'p',
  boards: 'b',
  members: 'm',
  tasks: 't',
  tags: 'g',
  taskTags: 'l',
  blocks: 'k',
} as const

function stepsOn(table: TableName): fc.Arbitrary<Step> {
  const key = idsOf(letters[table])
  const where = filters(table)
  const step = (verb: string, ...args: fc.Arbitrary<unknown>[]) =>
    fc.tuple(...args).map((given): Step => ({ verb, table, args: given }))
  const listings = fc
    .tuple(listing(table, 2), where)
    .map(([query, filter]) => ({ ...query, where: filter }))
  const distincts = fc
    .tuple(selections(table, 2), where)
    .map(([select, filter]) => ({ select, where: filter, distinct: true, limit: 2 }))
  const on = table === 'boards' ? fc.constant(['org', 'owner', 'slug']) : fc.constant(['id'])
  return fc.oneof(
    step('get', key, shape(table, 2)),
    step(
      'first',
      listings.map(({ limit: _, ...query }: Record<string, unknown>) => query),
    ),
    { weight: 4, arbitrary: step('pages', listings) },
    step('pages', distincts),
    step(
      'stream',
      listings.map(({ limit, ...query }: Record<string, unknown>) => ({ ...query, batch: limit })),
    ),
    { weight: 2, arbitrary: step('count', where) },
    step('exists', where),
    { weight: 3, arbitrary: step('aggregate', aggregates(table)) },
    { weight: 2, arbitrary: step('create', inserts(table)) },
    step('createMany', fc.array(inserts(table), { maxLength: 3 })),
    step(
      'upsert',
      inserts(table),
      fc.record({ on, update: patches(table) }, { requiredKeys: ['on'] }),
    ),
    { weight: 2, arbitrary: step('update', key, patches(table), filters(table, 1)) },
    { weight: 2, arbitrary: step('update', key, patches(table)) },
    step('updateMany', where, patches(table)),
    step('delete', key),
    step('deleteMany', where),
  )
}

/** Seldom on what is above others: with a board, its tasks are gone. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: stepsOn('people') },
  { weight: 2, arbitrary: stepsOn('boards') },
  { weight: 1, arbitrary: stepsOn('members') },
  { weight: 5, arbitrary: stepsOn('tasks') },
  { weight: 1, arbitrary: stepsOn('tags') },
  { weight: 1, arbitrary: stepsOn('taskTags') },
  { weight: 1, arbitrary: stepsOn('blocks') },
)

type Verb = (...args: unknown[]) => unknown

/** Does a step. New rows get ids that tell the turn: random ones would differ by themselves. */
export async function take(
  handle: Handle,
  { verb, table, args }: Step,
  turn: number,
): Promise<unknown> {
  const on = world[table] as AnyTable
  if (verb === 'pages') return allPages(handle, on, args[0] as ListQuery<AnyTable>)
  const verbs = handle as unknown as Record<string, Verb>
  const named = (row: unknown, at = 0) => ({
    id: idOf(letters[table], 4 + at, turn),
    ...(row as object),
  })
  if (verb === 'stream') return allStreamed(handle, on, args[0] as object)
  if (verb === 'create' || verb === 'upsert')
    return verbs[verb]?.(on, named(args[0]), ...args.slice(1))
  if (verb === 'createMany') return verbs[verb]?.(on, (args[0] as unknown[]).map(named))
  return verbs[verb]?.(on, ...args)
}

async function allPages(
  handle: Handle,
  on: AnyTable,
  query: ListQuery<AnyTable>,
): Promise<unknown> {
  const pages: Page<unknown>[] = [await handle.list(on, query)]
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) {
    pages.push(await handle.list(on, { ...query, cursor: next }))
  }
  return pages
}

async function allStreamed(handle: Handle, on: AnyTable, query: object): Promise<unknown> {
  const rows: unknown[] = []
  for await (const row of handle.stream(on, query)) rows.push(row)
  return rows
}
