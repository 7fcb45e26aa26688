import fc from 'fast-check'
import {
  type AnyTable,
  column,
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

// Generated tables: what columns there are is drawn; how the tables hang together is not, so that every
// kind of relation is in every schema.

export type Kind = 'text' | 'integer' | 'real' | 'bigint' | 'boolean' | 'date' | 'json' | 'id'
export type TableName = 'first' | 'second' | 'between'
export type Row = Readonly<Record<string, unknown>>
export type Data = Readonly<Record<TableName, readonly Row[]>>

export interface ColumnSpec {
  readonly name: string
  readonly kind: Kind
  readonly nullable: boolean
}

export interface World {
  readonly columns: Readonly<Record<TableName, readonly ColumnSpec[]>>
  readonly tables: Readonly<Record<TableName, AnyTable>>
}

export interface Way {
  readonly kind: 'one' | 'many'
  readonly target: TableName
  /** The rows that a row leads to. */
  readonly follow: (row: Row, data: Data) => readonly Row[]
}

const refersTo = (name: string) => (row: Row) => (other: Row) => other['id'] === row[name]

/** Where relations lead, said in JavaScript. */
export const ways: Readonly<Record<TableName, Readonly<Record<string, Way>>>> = {
  first: {
    seconds: {
      kind: 'many',
      target: 'second',
      follow: (row, data) => data.second.filter((other) => other['owner'] === row['id']),
    },
    linked: {
      kind: 'many',
      target: 'second',
      follow: (row, data) =>
        data.between
          .filter((link) => link['from'] === row['id'])
          .flatMap((link) => data.second.filter(refersTo('to')(link))),
    },
  },
  second: {
    parent: {
      kind: 'one',
      target: 'first',
      follow: (row, data) => data.first.filter(refersTo('owner')(row)),
    },
    above: {
      kind: 'one',
      target: 'second',
      follow: (row, data) => data.second.filter(refersTo('up')(row)),
    },
    below: {
      kind: 'many',
      target: 'second',
      follow: (row, data) => data.second.filter((other) => other['up'] === row['id']),
    },
    firsts: {
      kind: 'many',
      target: 'first',
      follow: (row, data) =>
        data.between
          .filter((link) => link['to'] === row['id'])
          .flatMap((link) => data.first.filter(refersTo('from')(link))),
    },
  },
  between: {},
}

export const values: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  text: fc.constantFrom(
    '',
    ' ',
    'a',
    'A',
    'a ',
    'ab',
    'a%',
    '_',
    'ä',
    'a\u0301',
    '\uffff',
    '\u{10000}',
    "'",
    '\\',
    '01',
  ),
  integer: fc.constantFrom(0, 1, -1, 7, 2 ** 31, 2 ** 40),
  // Of halves and quarters, sums are exact.
  real: fc.constantFrom(0, 0.5, -1.25, 3, 1e6),
  bigint: fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 60n),
  boolean: fc.boolean(),
  date: fc
    .constantFrom(-30_000_000_000_000, -1, 0, 1, 1.7e12, 1.7e12 + 1)
    .map((time) => new Date(time)),
  json: fc.constantFrom<unknown>(
    {},
    { a: 1 },
    { a: 1.5, b: [true, { c: 'x' }] },
    { a: 'x', b: [] },
    { a: null },
    { a: true, '0': 'zero', "it's": 'x' },
    [1, 'x', { a: 'ab' }],
  ),
  id: fc.constant(null),
}

const schemas: Readonly<Record<Exclude<Kind, 'id' | 'date' | 'json'>, v.GenericSchema>> = {
  text: v.pipe(v.string(), v.maxLength(30)),
  integer: v.pipe(v.number(), v.safeInteger()),
  real: v.number(),
  bigint: v.bigint(),
  boolean: v.boolean(),
}

const spec = fc.record({
  kind: fc.constantFrom<Kind>('text', 'integer', 'real', 'bigint', 'boolean', 'date', 'json'),
  nullable: fc.boolean(),
})
const specs = fc
  .array(spec, { minLength: 3, maxLength: 7 })
  .map((list) => list.map((each, at): ColumnSpec => ({ ...each, name: `c${at}` })))

const reference = (name: string, nullable = true): ColumnSpec => ({ name, kind: 'id', nullable })
const key = reference('id', false)

export const worlds: fc.Arbitrary<World> = fc
  .tuple(specs, specs, fc.uuid())
  .map(([one, two, mark]) => {
    const columns = {
      first: [key, ...one],
      second: [key, ...two, reference('owner'), reference('up')],
      between: [key, reference('from', false), reference('to', false)],
    }
    return { columns, tables: tablesOf(one, two, mark.slice(0, 8)) }
  })

function tablesOf(
  one_: readonly ColumnSpec[],
  two: readonly ColumnSpec[],
  mark: string,
): World['tables'] {
  const first = table(`first_${mark}`, { id: id(), ...columnsOf(one_) })
  const second = table(`second_${mark}`, {
    id: id(),
    ...columnsOf(two),
    owner: ref(first, { nullable: true, onDelete: 'set null' }),
    up: ref((): ReferencedTable => second, { nullable: true, onDelete: 'set null' }),
  })
  const between = table(`between_${mark}`, {
    id: id(),
    from: ref(first, { onDelete: 'cascade' }),
    to: ref(second, { onDelete: 'cascade' }),
  })
  const linked = schema(
    { first, second, between } as Record<TableName, AnyTable>,
    {
      relations: {
        first: {
          seconds: many('second', 'owner'),
          linked: many('second', { through: 'between', from: 'from', to: 'to' }),
        },
        second: {
          parent: one('first', 'owner'),
          above: one('second', 'up'),
          below: many('second', 'up'),
          firsts: many('first', { through: 'between', from: 'to', to: 'from' }),
        },
      },
    } as never,
  )
  return linked as unknown as World['tables']
}

function columnsOf(list: readonly ColumnSpec[]) {
  return Object.fromEntries(
    list.map(({ name, kind, nullable }) => {
      if (kind === 'date') return [name, timestamp({ nullable })]
      if (kind === 'json') return [name, nullable ? v.nullable(json) : json]
      const plain = schemas[kind as keyof typeof schemas]
      return [name, column(nullable ? v.nullable(plain) : plain)]
    }),
  )
}

/** The array comes first: a record would take it for one. */
const json: v.GenericSchema = v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())])

const idOf = (group: number, n: number) =>
  `0000000${group}-0000-7000-8000-${String(n).padStart(12, '0')}`

/** Ids that rows have, and one that none has. */
export const ids: fc.Arbitrary<string> = fc
  .tuple(fc.nat(2), fc.nat(9))
  .map(([group, n]) => idOf(group, n))

export function dataOf({ columns }: World): fc.Arbitrary<Data> {
  const rowsOf = (name: TableName, maxLength: number) =>
    fc.array(
      fc.record(
        Object.fromEntries(
          columns[name]
            .filter(({ kind }) => kind !== 'id')
            .map(({ name: column_, kind, nullable }) => {
              const plain = values[kind]
              return [column_, nullable ? fc.option(plain, { freq: 3 }) : plain]
            }),
        ),
      ),
      { maxLength },
    )
  const refs = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { minLength: 12, maxLength: 12 })
  return fc
    .tuple(
      rowsOf('first', 6),
      rowsOf('second', 9),
      refs,
      fc.array(fc.tuple(fc.nat(5), fc.nat(8)), { maxLength: 8 }),
    )
    .map(([first, second, hung, links]) => ({
      first: first.map((row, n) => ({ id: idOf(0, n), ...row })),
      second: second.map((row, n) => {
        const [owner = 0, up = 0] = hung[n] ?? []
        return {
          id: idOf(1, n),
          ...row,
          owner: owner < first.length ? idOf(0, owner) : null,
          up: up < n ? idOf(1, up) : null,
        }
      }),
      between:
        first.length === 0 || second.length === 0
          ? []
          : links.map(([from, to], n) => ({
              id: idOf(2, n),
              from: idOf(0, from % first.length),
              to: idOf(1, to % second.length),
            })),
    }))
}
