import type { Comparing } from './condition.ts'
import type { Field, ModelRelation, QueryCondition } from './model.ts'
import type { StoredValue } from './value.ts'

/** Says a condition in words, the same words for the same condition: `owner = "u1" and rank > 3`. */
export function wordsOf(condition: QueryCondition | undefined): string {
  if (!condition) return 'all rows'
  switch (condition.type) {
    case 'compare':
      return comparison(condition)
    case 'not':
      return `not (${wordsOf(condition.item)})`
    case 'related':
      return relation(condition.relation, condition.known, [condition.through, condition.where])
    default: {
      if (condition.items.length === 0) return condition.type === 'all' ? 'all rows' : 'no rows'
      const glue = condition.type === 'all' ? ' and ' : ' or '
      const words = condition.items.map(wordsOf).join(glue)
      return condition.items.length === 1 ? words : `(${words})`
    }
  }
}

function comparison({ field, json, operator, operand }: Comparing<Field>): string {
  const place = json ? `${field.column.name}${JSON.stringify(json.path)}` : field.column.name
  const value = Array.isArray(operand)
    ? `[${operand.map(literal).join(', ')}]`
    : literal(operand as StoredValue)
  return `${place} ${SYMBOLS[operator]} ${value}`
}

function relation(
  { name, target }: ModelRelation,
  known: StoredValue | undefined,
  parts: readonly (QueryCondition | undefined)[],
): string {
  const asked = parts.filter((part) => part !== undefined).map(wordsOf)
  const of = known === undefined ? '' : ` of ${literal(known)}`
  return `some ${target.name} as ${name}${of} (${asked.join(' with ') || 'any'})`
}

const SYMBOLS: Readonly<Record<Comparing<Field>['operator'], string>> = {
  eq: '=',
  ne: '<>',
  in: 'in',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  startsWith: 'starts with',
  endsWith: 'ends with',
  contains: 'contains',
}

function literal(value: StoredValue): string {
  if (typeof value === 'bigint') return `${value}n`
  return value instanceof Uint8Array ? `bytes[${value.join()}]` : JSON.stringify(value)
}
