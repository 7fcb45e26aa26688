import { ALWAYS, NEVER, type Parameters } from './compile-condition.ts'
import type { StoredValue } from './driver.ts'
import type { OrderTerm } from './order.ts'

/**
 * Writes the condition that a row comes after the one with these values in the order's columns.
 *
 * Where the order has one direction and no null is in question, it is one comparison of rows, which
 * databases read straight from an index. Otherwise it goes column by column: at
 * the first value or beyond it, and if at it then beyond the second, and so on.
 */
export function afterRow(
  terms: readonly OrderTerm[],
  values: readonly StoredValue[],
  parameters: Parameters,
): string {
  return isRowComparison(terms, values)
    ? rowComparison(terms, values, parameters)
    : columnByColumn(terms, values, parameters)
}

/** Ascending, rows with null come before every value: the comparison leaves them out by itself. */
function isRowComparison(terms: readonly OrderTerm[], values: readonly StoredValue[]): boolean {
  const descending = terms[0]?.descending
  return (
    values.every((value) => value !== null) &&
    terms.every((term) => term.descending === descending && !(descending && term.column.nullable))
  )
}

function rowComparison(
  terms: readonly OrderTerm[],
  values: readonly StoredValue[],
  parameters: Parameters,
): string {
  const columns = terms.map(({ column }) => column.sql).join(', ')
  const placeholders = values.map((value) => parameters.bind(value)).join(', ')
  const symbol = terms[0]?.descending ? '<' : '>'
  return terms.length === 1
    ? `${columns} ${symbol} ${placeholders}`
    : `(${columns}) ${symbol} (${placeholders})`
}

function columnByColumn(
  terms: readonly OrderTerm[],
  values: readonly StoredValue[],
  parameters: Parameters,
): string {
  const [term, ...rest] = terms
  const [value = null, ...others] = values
  if (!term) return NEVER
  const reached = atOrBeyond(term, value, parameters)
  const passed = beyond(term, value, parameters)
  return `(${reached} AND (${passed} OR ${columnByColumn(rest, others, parameters)}))`
}

/** Follows from what stands behind it; written because it is the part that an index can start from. */
function atOrBeyond(term: OrderTerm, value: StoredValue, parameters: Parameters): string {
  const { column, descending } = term
  if (value === null) return descending ? `${column.sql} IS NULL` : ALWAYS
  return compare(term, descending ? '<=' : '>=', parameters.bind(value))
}

function beyond(term: OrderTerm, value: StoredValue, parameters: Parameters): string {
  const { column, descending } = term
  if (value === null) return descending ? NEVER : `${column.sql} IS NOT NULL`
  return compare(term, descending ? '<' : '>', parameters.bind(value))
}

/** Descending, null comes after every value. */
function compare({ column, descending }: OrderTerm, symbol: string, parameter: string): string {
  const sql = `${column.sql} ${symbol} ${parameter}`
  return descending && column.nullable ? `(${sql} OR ${column.sql} IS NULL)` : sql
}
