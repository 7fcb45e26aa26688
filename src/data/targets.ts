import { both } from './condition.ts'
import type { Context } from './context.ts'
import type { Model, QueryCondition } from './model.ts'
import { allowed, allowedByPolicy, bothAllowed, sameRule } from './rules.ts'
import { forbidden, tellOfRuling } from './ruling.ts'
import { hasKey, isPossibleKey, optionalWhere } from './where.ts'

/** The rows that a write means: those of the caller that the rules let the caller reach. */
export interface Target {
  readonly model: Model
  /** What tells them, rules included. */
  readonly where: QueryCondition | undefined
  /** Whether at most one is meant. */
  readonly single: boolean
  /** The rule of the write itself. */
  readonly rule: true | QueryCondition
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
  const { subject } = context
  if (model.table.appendOnly) throw forbidden(context, model, operation)
  const rule = allowed(model, operation, subject)
  if (rule === false) throw forbidden(context, model, operation)
  const read = sameRule(model, 'read', operation) ? true : allowedByPolicy(model, 'read', subject)
  tellOfRuling(context, model, { operation, answer: bothAllowed(rule, read) })
  const own = optionalWhere(model, options.where, subject)
  const single = 'id' in options
  if (single && !isPossibleKey(model, id)) return undefined
  if (read === false) return undefined
  const parts = [single ? hasKey(model, id as string) : undefined, own, read, rule]
  let where: QueryCondition | undefined
  for (const part of parts) if (part !== true) where = both(where, part)
  return { model, where, single, rule }
}
