import type { Parameters } from './compile-condition.ts'
import type { Context } from './context.ts'
import type { Model } from './model.ts'
import { type Allowed, allowed, allowedWrite, type ModelCondition, sameRule } from './rules.ts'
import { isPossibleKey, optionalWhere, sqlOf, whereOf } from './where.ts'

/** The rows that a write means: those of the caller that the rules let the caller reach. */
export interface Target {
  readonly model: Model
  readonly id: string | undefined
  readonly where: Allowed
  readonly read: true | ModelCondition
  /** The rule of the write itself. */
  readonly rule: true | ModelCondition
}

/**
 * Finds out which rows a write means, or undefined when it can reach none. A row is reached when the
 * rules of reading and of the write both hold for it. A rule that no row can pass is `denied`.
 */
export function targetOf(
  context: Context,
  model: Model,
  options: { operation: 'update' | 'delete'; id?: unknown; where?: unknown },
): Target | undefined {
  const { operation, id } = options
  const rule = allowedWrite(model, operation, context.subject)
  const read = sameRule(model, 'read', operation) ? true : allowed(model, 'read', context.subject)
  const where = optionalWhere(model, options.where)
  if ('id' in options && !isPossibleKey(model, id)) return undefined
  return read === false ? undefined : { model, id: id as string | undefined, where, read, rule }
}

/** Writes the conditions of a target as SQL. */
export function targetSql(context: Context, target: Target, parameters: Parameters): string {
  const { model, id, where, read, rule } = target
  return whereOf([
    id === undefined ? '' : `${model.key.sql} = ${parameters.bind(id)}`,
    sqlOf(context, where, parameters),
    sqlOf(context, read, parameters),
    sqlOf(context, rule, parameters),
  ])
}
