import type { Comparing, ConditionTree, FilterColumn } from './condition.ts'
import type { StoredValue } from './driver.ts'
import { compareStored } from './stored.ts'

/** Decides a condition about a row, given its stored values, exactly as the database would. */
export function holds<Col extends FilterColumn>(
  condition: ConditionTree<Col>,
  storedIn: (column: Col) => StoredValue,
): boolean {
  switch (condition.type) {
    case 'compare':
      return satisfies(condition, storedIn(condition.column))
    case 'not':
      return !holds(condition.item, storedIn)
    case 'all':
      return condition.items.every((item) => holds(item, storedIn))
    case 'any':
      return condition.items.some((item) => holds(item, storedIn))
  }
}

/** Decides one comparison for a stored value. */
export function satisfies({ operator, operand }: Comparing, value: StoredValue): boolean {
  if (operator === 'eq') return value === operand
  if (operator === 'ne') return value !== operand
  if (value === null) return false
  // The operand's type follows from the operator, and its kind is that of the column.
  if (operator === 'in') return (operand as readonly StoredValue[]).includes(value)
  if (operator === 'startsWith') return (value as string).startsWith(operand as string)
  if (operator === 'contains') return (value as string).includes(operand as string)
  const order = compareStored(value, operand as StoredValue)
  if (operator === 'gt') return order > 0
  if (operator === 'gte') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}
