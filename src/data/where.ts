import { isUuid, misuse } from '../kernel/index.ts'
import { both } from './condition.ts'
import type { Subject } from './context.ts'
import type { Field, Model, QueryCondition } from './model.ts'
import type { Allowed } from './rules.ts'
import { readWhere } from './scope.ts'
import { isStorableText } from './stored.ts'
import type { StoredValue } from './value.ts'

/** Reads the filter of a caller who need not give one. */
export function optionalWhere(
  model: Model,
  where: unknown,
  subject: Subject,
): QueryCondition | undefined {
  return where === undefined ? undefined : readWhere(model, where, subject)
}

/** A caller's condition together with what a rule allows, which is something. */
export function whereAllowed(
  where: QueryCondition | undefined,
  rule: Exclude<Allowed, false>,
): QueryCondition | undefined {
  return rule === true ? where : both(where, rule)
}

/** The condition that a column has this value. */
export function equals(field: Field, operand: StoredValue): QueryCondition {
  return { type: 'compare', field, operator: 'eq', operand }
}

/** The condition that a column has one of these values. */
export function isOneOf(field: Field, operand: readonly StoredValue[]): QueryCondition {
  return { type: 'compare', field, operator: 'in', operand }
}

/** The row with this primary key, and no other. */
export function hasKey({ fieldOf, key }: Model, id: StoredValue): QueryCondition {
  return equals(fieldOf.get(key.name) as Field, id)
}

/** No row has a key that cannot be stored: nothing is found, as for any other unknown id. */
export function isPossibleKey({ name, key }: Model, id: unknown): id is string {
  if (typeof id === 'string') return key.kind === 'uuid' ? isUuid(id) : isStorableText(id)
  throw misuse(
    `table("${name}")`,
    `expected an id, a string; got ${id === null ? null : typeof id}`,
  )
}
