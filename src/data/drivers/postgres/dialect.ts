import type { ColumnKind } from '../../column.ts'
import type { JsonScalar } from '../../operand.ts'
import type { AggregateName } from '../../query.ts'
import type { Bind, Dialect } from '../sql/dialect.ts'
import { encode, toArray, toWire } from './values.ts'

/** SQL as PostgreSQL 12 and later write it. */
export const dialect: Dialect = {
  name: 'postgresql',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: (position) => `$${position}`,
  encode,
  memberOf: (column, list, kind) => `${column} = ANY(${list}::${bare[kind]}[])`,
  list: (values, kind) => toArray(values.map((value) => toWire(encode(kind, value)))),
  contains: (column, parameter) => `strpos(${column}, ${parameter}) > 0`,
  endsWith: (column, parameter) =>
    `right(${column}, char_length(${parameter}::text)) = ${parameter}::text`,
  jsonValue(column, path, as, bind) {
    const place = path.map((step) => (typeof step === 'number' ? element(step) : key(step, bind)))
    const json = `(${column}${place.join('')})`
    const { type, read } = scalars[as]
    return `CASE WHEN json_typeof${json} = '${type}' THEN ${read(`(${json} #>> '{}')`)} END`
  },
  order(column, { descending, nulls, nullable }) {
    const term = descending ? `${column} DESC` : column
    return nullable ? `${term} NULLS ${nulls.toUpperCase()}` : term
  },
  aggregate: (name, column, kind) => aggregates[name](column, kind),
  fromNothing: '',
  forUpdate: ' FOR UPDATE',
  returning: true,
  subqueryOfTarget: true,
  rowComparison: true,
  types: {
    uuid: 'uuid',
    // Text compares by code points, whatever the database's own language.
    text: 'text COLLATE "C"',
    integer: 'bigint',
    bigint: 'bigint',
    real: 'double precision',
    boolean: 'boolean',
    timestamp: 'timestamptz',
    // Not jsonb, which forgets the order of keys and how numbers were written.
    json: 'json',
    bytes: 'bytea',
  },
  tableOptions: '',
  maxParameters: 65_535,
}

/** The types without their collations, as casts need them. */
const bare: Readonly<Record<ColumnKind, string>> = { ...dialect.types, text: 'text' }

// The type of what follows the arrow decides what is meant: text a key, a number a place.

function key(name: string, bind: Bind): string {
  return ` -> ${bind(name, 'text')}::text`
}

function element(place: number): string {
  // No array has that many elements, and the arrow knows no larger numbers.
  return ` -> ${Math.min(place, 2 ** 31 - 1)}`
}

const scalars: Readonly<Record<JsonScalar, { type: string; read: (text: string) => string }>> = {
  text: { type: 'string', read: (text) => `${text} COLLATE "C"` },
  real: { type: 'number', read: (text) => `${text}::double precision` },
  boolean: { type: 'boolean', read: (text) => `${text}::boolean` },
}

type Aggregate = (column: string, kind: ColumnKind) => string

/** Sums of integers are exact, and an error where they do not fit. */
const aggregates: Readonly<Record<AggregateName, Aggregate>> = {
  count: (column) => `count(${column})`,
  sum: (column, kind) => (kind === 'real' ? `sum(${column})` : `sum(${column})::bigint`),
  avg: (column) => `avg(${column})::double precision`,
  min: (column, kind) => extreme('min', column, kind),
  max: (column, kind) => extreme('max', column, kind),
}

function extreme(name: 'min' | 'max', column: string, kind: ColumnKind): string {
  // Neither has a least value of its own before PostgreSQL 18, or at all.
  if (kind === 'uuid') return `${name}(${column}::text COLLATE "C")::uuid`
  if (kind === 'boolean') return `${name === 'min' ? 'bool_and' : 'bool_or'}(${column})`
  return `${name}(${column})`
}
