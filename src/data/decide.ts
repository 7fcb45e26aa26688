import type { Comparing, ConditionTree, FilterField } from './condition.ts'
import { compareStored } from './stored.ts'
import type { StoredValue } from './value.ts'

/**
 * Decides a condition about one row, given its stored values, exactly as the database would. What it
 * asks about rows of other tables must have been decided before.
 */
export function holds<F extends FilterField>(
  condition: ConditionTree<F>,
  storedIn: (field: F) => StoredValue,
): boolean {
  switch (condition.type) {
    case 'compare':
      return satisfies(condition, storedIn(condition.field))
    case 'not':
      return !holds(condition.item, storedIn)
    case 'all':
      return condition.items.every((item) => holds(item, storedIn))
    case 'any':
      return condition.items.some((item) => holds(item, storedIn))
    case 'related':
      throw new Error('A relation was left to be decided without its rows.')
  }
}

/** Decides one comparison for a stored value. */
export function satisfies<F>(comparing: Comparing<F>, stored: StoredValue): boolean {
  const { operator, operand, json } = comparing
  const value = json && stored !== null ? scalarAt(stored as string, json) : stored
  if (operator === 'eq') return value === operand
  if (operator === 'ne') return value !== operand
  if (value === null) return false
  // The operand's type follows from the operator, and its kind is that of the column.
  if (operator === 'in') return (operand as readonly StoredValue[]).includes(value)
  if (operator === 'startsWith') return (value as string).startsWith(operand as string)
  if (operator === 'endsWith') return (value as string).endsWith(operand as string)
  if (operator === 'contains') return (value as string).includes(operand as string)
  const order = compareStored(value, operand as StoredValue)
  if (operator === 'gt') return order > 0
  if (operator === 'gte') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}

const TYPES = { text: 'string', real: 'number', boolean: 'boolean' } as const

/** The stored form of the scalar at a place in JSON; null where there is none of that type. */
function scalarAt(
  text: string,
  { path, as }: NonNullable<Comparing<unknown>['json']>,
): StoredValue {
  let value: unknown = JSON.parse(text)
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return null
    // Numbers are places in arrays, strings are keys of objects.
    if (Array.isArray(value) !== (typeof step === 'number')) return null
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  }
  if (typeof value !== TYPES[as]) return null
  return as === 'boolean' ? Number(value) : (value as string | number)
}
