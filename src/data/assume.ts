import { ALWAYS, type ConditionTree, NEVER } from './condition.ts'
import { satisfies } from './decide.ts'
import type { Field, ModelColumn, ModelRelation, QueryCondition } from './model.ts'
import type { StoredValue } from './value.ts'

/** The value of a column, where it is known; undefined where it is not. */
export type Known = (column: ModelColumn) => StoredValue | undefined

/**
 * Decides what can be decided of a condition when the values of some columns are known, and returns
 * what is left of it: `true` or `false` where nothing is. Relations of a known column are left, with
 * its value in them.
 */
export function assume(condition: QueryCondition, known: Known): QueryCondition | boolean {
  switch (condition.type) {
    case 'compare': {
      const value = known(condition.field.column)
      return value === undefined ? condition : satisfies(condition, value)
    }
    case 'related': {
      const value = known(condition.relation.local)
      if (value === null) return false
      return value === undefined ? condition : { ...condition, known: value }
    }
    case 'not': {
      const item = assume(condition.item, known)
      return typeof item === 'boolean' ? !item : { type: 'not', item }
    }
    default:
      return assumeItems(condition.items, condition.type, known)
  }
}

function assumeItems(
  items: readonly QueryCondition[],
  type: 'all' | 'any',
  known: Known,
): QueryCondition | boolean {
  const decisive = type === 'any'
  const left: QueryCondition[] = []
  for (const item of items) {
    const rest = assume(item, known)
    if (rest === decisive) return decisive
    if (typeof rest !== 'boolean') left.push(rest)
  }
  if (left.length === 0) return !decisive
  return left.length === 1 ? (left[0] as QueryCondition) : { type, items: left }
}

/** The same condition as one that stores can be given. */
export function conditionOf(answer: QueryCondition | boolean): ConditionTree<Field, ModelRelation> {
  if (typeof answer === 'boolean') return answer ? ALWAYS : NEVER
  return answer
}
