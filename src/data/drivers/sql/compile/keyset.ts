import type { StoredValue } from '../../../value.ts'
import { FALSE, TRUE } from './condition.ts'
import type { Expression, Writing } from './writing.ts'

/** One term of an order, written. */
export interface OrderedExpression extends Expression {
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
}

/** Writes an order. */
export function orderSql(terms: readonly OrderedExpression[], { dialect }: Writing): string {
  return terms.map((term) => dialect.order(term.sql, term)).join(', ')
}

/**
 * Writes the condition that a row comes after the one with these values in the order's terms.
 *
 * Where the order has one direction and no null is in question, it is one comparison of rows, which
 * databases read straight from an index. Otherwise it goes term by term: at the first value or
 * beyond it, and if at it then beyond the second, and so on.
 */
export function afterSql(
  terms: readonly OrderedExpression[],
  values: readonly StoredValue[],
  writing: Writing,
): string {
  const whole = terms.length === 1 || writing.dialect.rowComparison
  return whole && isRowComparison(terms, values)
    ? rowComparison(terms, values, writing)
    : termByTerm(terms, values, writing)
}

/** Nulls that come before every value are left out by the comparison itself. */
function isRowComparison(
  terms: readonly OrderedExpression[],
  values: readonly StoredValue[],
): boolean {
  const descending = terms[0]?.descending
  return (
    values.every((value) => value !== null) &&
    terms.every(
      (term) => term.descending === descending && !(term.nullable && term.nulls === 'last'),
    )
  )
}

function rowComparison(
  terms: readonly OrderedExpression[],
  values: readonly StoredValue[],
  { parameters }: Writing,
): string {
  const columns = terms.map(({ sql }) => sql).join(', ')
  const placeholders = terms.map(({ kind }, at) => parameters.bind(values[at] ?? null, kind))
  const symbol = terms[0]?.descending ? '<' : '>'
  return terms.length === 1
    ? `${columns} ${symbol} ${placeholders[0]}`
    : `(${columns}) ${symbol} (${placeholders.join(', ')})`
}

function termByTerm(
  terms: readonly OrderedExpression[],
  values: readonly StoredValue[],
  writing: Writing,
): string {
  const [term, ...rest] = terms
  const [value = null, ...others] = values
  if (!term) return FALSE
  const reached = atOrBeyond(term, value, writing)
  const passed = beyond(term, value, writing)
  return `(${reached} AND (${passed} OR ${termByTerm(rest, others, writing)}))`
}

/** Follows from what stands behind it; written because it is the part that an index can start from. */
function atOrBeyond(term: OrderedExpression, value: StoredValue, writing: Writing): string {
  if (value === null) return term.nulls === 'last' ? `${term.sql} IS NULL` : TRUE
  return compare(term, term.descending ? '<=' : '>=', { value, writing })
}

function beyond(term: OrderedExpression, value: StoredValue, writing: Writing): string {
  if (value === null) return term.nulls === 'last' ? FALSE : `${term.sql} IS NOT NULL`
  return compare(term, term.descending ? '<' : '>', { value, writing })
}

function compare(
  { sql, kind, nullable, nulls }: OrderedExpression,
  symbol: string,
  { value, writing }: { value: StoredValue; writing: Writing },
): string {
  const compared = `${sql} ${symbol} ${writing.parameters.bind(value, kind)}`
  return nulls === 'last' && nullable ? `(${compared} OR ${sql} IS NULL)` : compared
}
