import { isPlainObject } from './condition.ts'
import type { Subject } from './context.ts'
import { invalidQuery } from './errors.ts'
import type { Field, Model } from './model.ts'
import type { OrderTerm } from './query.ts'
import { namedBy } from './scope.ts'

/**
 * Reads an order of unknown origin. The primary key ends it, in the direction of the last column, so
 * that no two rows share a place and an index on the columns serves it.
 */
export function readOrder(model: Model, orderBy: unknown, subject: Subject): readonly OrderTerm[] {
  const terms = readTerms(model, orderBy, subject)
  const key = fieldOfKey(model)
  // The key tells all rows apart: nothing behind it counts.
  const at = terms.findIndex(({ field }) => field === key)
  if (at >= 0) return terms.slice(0, at + 1)
  const descending = terms.at(-1)?.descending ?? false
  return [...terms, { field: key, descending, nulls: descending ? 'last' : 'first' }]
}

/** The same without the key. */
export function readTerms(model: Model, orderBy: unknown, subject: Subject): OrderTerm[] {
  if (orderBy === undefined) return []
  if (!isPlainObject(orderBy)) throw invalidQuery('orderBy', 'Expected an object.')
  return Object.entries(orderBy).map(([name, direction]) => {
    const known = model.fieldOf.get(name)
    const path = `orderBy.${name}`
    if (!known) throw invalidQuery(path, 'Unknown column.')
    const { kind } = known.column
    if (kind === 'json' || kind === 'bytes') {
      throw invalidQuery(path, 'JSON and bytes have no order.')
    }
    return { field: namedBy(model, known, subject), ...readDirection(path, direction) }
  })
}

/** Null is the least value unless the order says otherwise: first ascending, last descending. */
export function readDirection(
  path: string,
  given: unknown,
): { readonly descending: boolean; readonly nulls: 'first' | 'last' } {
  const spelled = isPlainObject(given) ? given : { direction: given }
  for (const key of Object.keys(spelled)) {
    if (key !== 'direction' && key !== 'nulls') {
      throw invalidQuery(`${path}.${key}`, 'Unknown key; expected direction, nulls.')
    }
  }
  const { direction, nulls } = spelled
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalidQuery(path, 'Expected "asc" or "desc".')
  }
  const descending = direction === 'desc'
  if (nulls === undefined) return { descending, nulls: descending ? 'last' : 'first' }
  if (nulls === 'first' || nulls === 'last') return { descending, nulls }
  throw invalidQuery(`${path}.nulls`, 'Expected "first" or "last".')
}

function fieldOfKey({ fieldOf, key }: Model): Field {
  return fieldOf.get(key.name) as Field
}
