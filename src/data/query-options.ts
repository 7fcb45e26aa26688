import { isPlainObject } from './condition.ts'
import { invalidQuery } from './errors.ts'

const DEFAULT_LIMIT = 50
export const MAX_LIMIT = 1000

/** Refuses a query with a key that nobody would look at. */
export function checkQuery(place: string, query: unknown, known: readonly string[]): void {
  if (!isPlainObject(query)) throw invalidQuery(place, 'Expected an object.')
  for (const key of Object.keys(query)) {
    if (!known.includes(key)) throw invalidQuery(key, `Unknown key; expected ${known.join(', ')}.`)
  }
}

export function readLimit(limit: unknown): number {
  if (limit === undefined) return DEFAULT_LIMIT
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT) {
    return Number(limit)
  }
  throw invalidQuery('limit', `Expected an integer from 1 to ${MAX_LIMIT}.`)
}
