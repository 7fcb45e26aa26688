import { isPlainObject } from './condition.ts'
import { invalidQuery } from './errors.ts'
import type { Model, ModelColumn } from './model.ts'

/** One column of an order. */
export interface OrderTerm {
  readonly column: ModelColumn
  readonly descending: boolean
}

/**
 * Reads an order of unknown origin. The primary key ends it, in the direction of the last column, so
 * that no two rows share a place and an index on the columns serves it.
 */
export function readOrder(model: Model, orderBy: unknown): readonly OrderTerm[] {
  if (orderBy === undefined) return [{ column: model.key, descending: false }]
  if (!isPlainObject(orderBy)) throw invalidQuery('orderBy', 'Expected an object.')
  const terms: OrderTerm[] = []
  for (const [name, direction] of Object.entries(orderBy)) {
    const column = model.byName.get(name)
    const path = `orderBy.${name}`
    if (!column) throw invalidQuery(path, 'Unknown column.')
    if (column.kind === 'json' || column.kind === 'bytes') {
      throw invalidQuery(path, 'JSON and bytes have no order.')
    }
    if (direction !== 'asc' && direction !== 'desc') {
      throw invalidQuery(path, 'Expected "asc" or "desc".')
    }
    terms.push({ column, descending: direction === 'desc' })
    // The key tells all rows apart: nothing behind it counts.
    if (column === model.key) return terms
  }
  terms.push({ column: model.key, descending: terms.at(-1)?.descending ?? false })
  return terms
}

/** Writes an order as SQL. Null counts as the least value: first ascending, last descending. */
export function orderSql(terms: readonly OrderTerm[]): string {
  return terms.map(({ column, descending }) => column.sql + (descending ? ' DESC' : '')).join(', ')
}
