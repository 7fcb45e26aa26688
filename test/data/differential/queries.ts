import fc from 'fast-check'
import type { Aggregates, Query } from './evaluator.ts'
import { ids, type Kind, type TableName, values, type World, ways } from './world.ts'

// Queries that mean something: what means nothing is refused, and tested elsewhere.

type Filter = Record<string, unknown>

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })

function comparison(kind: Kind): fc.Arbitrary<unknown> {
  if (kind === 'json') return insideJson
  const value = kind === 'id' ? ids : values[kind]
  const words = [
    'gt',
    'gte',
    'lt',
    'lte',
    ...(kind === 'text' ? ['startsWith', 'endsWith', 'contains'] : []),
  ]
  const operators = fc.oneof(
    orNull(value).map((eq) => ({ eq })),
    orNull(value).map((ne) => ({ ne })),
    fc.array(value, { maxLength: 4 }).map((list) => ({ in: list })),
    ...words.map((word) => value.map((operand) => ({ [word]: operand }))),
  )
  const both = fc.tuple(operators, operators).map(([a, b]) => ({ ...a, ...b }))
  return fc.oneof(orNull(value), operators, both)
}

const insideJson = fc.oneof(
  fc.constantFrom<unknown>(null, { ne: null }, { eq: null }),
  fc
    .tuple(
      fc.constantFrom(['a'], ['b', 0], ['b', 1, 'c'], [0], [2, 'a'], ['0'], ["it's"], ['a', 'a']),
      fc.constantFrom<object>(
        ...[{ eq: 1 }, { eq: 'x' }, { eq: true }, { ne: 1 }, { ne: 'x' }, { ne: false }],
        ...[
          { gt: 0 },
          { lte: 1.5 },
          { gte: 'a' },
          { lt: 'y' },
          { in: ['x', 'ab'] },
          { in: [1, 5] },
        ],
        ...[
          { in: [] },
          { startsWith: 'a' },
          { endsWith: 'b' },
          { contains: '' },
          { startsWith: '' },
        ],
        ...[{ gt: 0, ne: 1 }],
      ),
    )
    .map(([path, test]) => ({ path, ...test })),
)

export function filters(world: World, name: TableName, depth = 2): fc.Arbitrary<Filter> {
  const leaf = fc.oneof(
    ...world.columns[name].map((column) =>
      comparison(column.kind).map((test): Filter => ({ [column.name]: test })),
    ),
  )
  if (depth === 0) return leaf
  const nested = filters(world, name, depth - 1)
  const related = Object.entries(ways[name]).map(
    ([relation, { kind, target }]): fc.Arbitrary<Filter> => {
      const inner = fc.oneof(fc.constant({}), filters(world, target, depth - 1))
      if (kind === 'one') return orNull(inner).map((test) => ({ [relation]: test }))
      return fc
        .tuple(fc.constantFrom('some', 'every', 'none'), inner)
        .map(([quantifier, test]) => ({ [relation]: { [quantifier]: test } }))
    },
  )
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.constant({}) },
    ...(related.length > 0 ? [{ weight: 4, arbitrary: fc.oneof(...related) }] : []),
    { weight: 2, arbitrary: nested.map((not): Filter => ({ not })) },
    { weight: 1, arbitrary: fc.array(nested, { maxLength: 2 }).map((or): Filter => ({ or })) },
    { weight: 1, arbitrary: fc.array(nested, { maxLength: 2 }).map((and): Filter => ({ and })) },
  )
}

const directions = fc.constantFrom(
  'asc' as const,
  'desc' as const,
  { direction: 'asc' as const, nulls: 'last' as const },
  { direction: 'desc' as const, nulls: 'first' as const },
)

const namesOf = (world: World, name: TableName, ...but: Kind[]) =>
  world.columns[name].filter(({ kind }) => !but.includes(kind)).map((column) => column.name)

function orders(names: readonly string[]): fc.Arbitrary<NonNullable<Query['orderBy']>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), directions), {
      selector: ([name]) => name,
      maxLength: 3,
    })
    .map((terms) => Object.fromEntries(terms))
}

const some = (names: readonly string[], maxLength = 3) =>
  fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength })

export function lists(world: World, name: TableName, depth = 2): fc.Arbitrary<Query> {
  const shape = {
    where: filters(world, name, depth),
    orderBy: orders(namesOf(world, name, 'json')),
    select: some(namesOf(world, name)),
  }
  const limit = fc.integer({ min: 1, max: 3 })
  const inclusions = depth === 0 ? [] : Object.entries(ways[name])
  if (inclusions.length === 0) return fc.record({ ...shape, limit }, { requiredKeys: [] })
  const include = fc.oneof(
    ...inclusions.map(([relation, { kind, target }]) => {
      const inner = lists(world, target, depth - 1).map((query) =>
        kind === 'many' ? query : forOne(query),
      )
      return fc.oneof(fc.constant(true as const), inner).map((query) => ({ [relation]: query }))
    }),
  )
  return fc.record({ ...shape, limit, include }, { requiredKeys: [] })
}

/** What a relation to one is asked: there is nothing to filter or order. */
function forOne({ select, include }: Query): Query {
  return { ...(select && { select }), ...(include && { include }) }
}

export function distincts(world: World, name: TableName): fc.Arbitrary<Query> {
  return fc
    .tuple(some(namesOf(world, name, 'json')), filters(world, name, 1), directions, fc.boolean())
    .map(([select, where, direction, ordered]) => ({
      ...{ select, where, distinct: true, limit: 2 },
      ...(ordered ? { orderBy: { [select[0] as string]: direction } } : {}),
    }))
}

export function aggregates(world: World, name: TableName): fc.Arbitrary<Aggregates> {
  const numbers = namesOf(world, name, 'json', 'text', 'boolean', 'date', 'id')
  const ordered = namesOf(world, name, 'json', 'boolean', 'id')
  return fc.record(
    {
      where: filters(world, name, 1),
      groupBy: some(namesOf(world, name, 'json'), 2),
      ...(numbers.length > 0 ? { sum: some(numbers), avg: some(numbers) } : {}),
      ...(ordered.length > 0 ? { min: some(ordered), max: some(ordered) } : {}),
    },
    { requiredKeys: [] },
  )
}

/** A patch of columns, for rows of a table. */
export function patches(world: World, name: TableName): fc.Arbitrary<Filter> {
  const columns = world.columns[name].filter(({ kind }) => kind !== 'id' && kind !== 'json')
  if (columns.length === 0) return fc.constant({})
  return fc
    .uniqueArray(fc.constantFrom(...columns), {
      minLength: 1,
      maxLength: 2,
      selector: (column) => column.name,
    })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          chosen.map((column) => [
            column.name,
            column.nullable ? orNull(values[column.kind]) : values[column.kind],
          ]),
        ),
      ),
    )
}
