import { toHex } from '../../../kernel/index.ts'
import type { StoredValue } from '../../value.ts'
import type { Dialect, OrderOptions } from '../sql/dialect.ts'

/** SQL as SQLite 3.45 and later write it. Tables are STRICT: a column holds its type and no other. */
export const dialect: Dialect = {
  name: 'sqlite',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: () => '?',
  // SQLite looks at values that stand alone: at that of LIMIT always, and after ANALYZE at those that
  // are compared with the columns of an index.
  unseen: (placeholder) => `+${placeholder}`,
  memberOf: (column, parameter, kind) =>
    `${column} IN (SELECT ${kind === 'bytes' ? 'unhex(value)' : 'value'} FROM json_each(${parameter}))`,
  list: (values) => `[${values.map(toJson).join(',')}]`,
  contains: (column, parameter) => `instr(${column}, ${parameter}) > 0`,
  endsWith: (column, parameter) =>
    `(SELECT substr(${column}, -length(part), length(part)) = part FROM (SELECT ${parameter} AS part))`,
  jsonValue: (column, path, as, bind) => {
    const place = () => bind(pathOf(path), 'text')
    const types = JSON_TYPES[as].map((type) => `'${type}'`).join(', ')
    const value = (read: string) => `${read}(${column}, ${place()})`
    const test = `${value('json_type')} IN (${types})`
    const read = value('json_extract')
    // Numbers in JSON are doubles to JavaScript, be they written as integers.
    return `CASE WHEN ${test} THEN ${as === 'real' ? `CAST(${read} AS REAL)` : read} END`
  },
  order: orderTerm,
  aggregate: (name, column) => `${name}(${column})`,
  fromNothing: '',
  forUpdate: '',
  returning: true,
  subqueryOfTarget: true,
  rowComparison: true,
  types: {
    uuid: 'TEXT',
    text: 'TEXT',
    integer: 'INTEGER',
    bigint: 'INTEGER',
    real: 'REAL',
    boolean: 'INTEGER',
    timestamp: 'INTEGER',
    json: 'TEXT',
    bytes: 'BLOB',
  },
  tableOptions: ' STRICT',
  maxParameters: 32_766,
}

/** JSON has no bytes: they travel as hexadecimal digits. Integers of any size are written exactly. */
function toJson(value: StoredValue): string {
  if (value instanceof Uint8Array) return `"${toHex(value)}"`
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const JSON_TYPES = {
  text: ['text'],
  real: ['integer', 'real'],
  boolean: ['true', 'false'],
} as const

function pathOf(path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`))
  return `$${steps.join('')}`
}

/** Null is the least value to SQLite as well. */
function orderTerm(column: string, { descending, nulls, nullable }: OrderOptions): string {
  const term = descending ? `${column} DESC` : column
  const usual = descending ? 'last' : 'first'
  return nullable && nulls !== usual ? `${term} NULLS ${nulls.toUpperCase()}` : term
}
