import { type Actor, misuse } from '../kernel/index.ts'
import { type ConditionTree, isPlainObject, readFilter } from './condition.ts'
import { type Subject, SYSTEM } from './context.ts'
import { denied, invalidFilter } from './errors.ts'
import type { Model, ModelColumn } from './model.ts'
import type { Policy, PolicyOperation, Rule } from './policy.ts'

/** A condition on the columns of one model. */
export type ModelCondition = ConditionTree<ModelColumn>

/** What a rule says about a subject: all rows, none, or those that meet a condition. */
export type Allowed = boolean | ModelCondition

/** Asks the rule of one operation about a subject. What no rule allows is denied. */
export function allowed(model: Model, operation: PolicyOperation, subject: Subject): Allowed {
  if (subject === SYSTEM) return true
  const rule = ruleOf(model, operation)
  if (typeof rule === 'boolean') return rule
  if (typeof rule !== 'function') return readRule(model, operation, rule)
  if (subject === null) return false
  const answer = rule(subject)
  return typeof answer === 'boolean' ? answer : readRule(model, operation, answer)
}

/** Whether two operations are governed by one and the same rule. */
export function sameRule(model: Model, a: PolicyOperation, b: PolicyOperation): boolean {
  return ruleOf(model, a) === ruleOf(model, b)
}

/** `allowed` for a write: what no row can pass is `denied` at once. */
export function allowedWrite(
  model: Model,
  operation: Exclude<PolicyOperation, 'read'>,
  subject: Subject,
): true | ModelCondition {
  const answer = allowed(model, operation, subject)
  if (answer === false) throw denied(operation, model.name)
  return answer
}

function ruleOf({ table }: Model, operation: PolicyOperation): Rule<unknown> {
  const policy: Policy<unknown> = table.policy
  return policy[operation] ?? policy.all ?? false
}

/** A filter that a rule gave. A mistake in it is the team's own, and lets nobody through. */
function readRule(model: Model, operation: PolicyOperation, filter: unknown): ModelCondition {
  return readFilter(filter, {
    columns: model.byName,
    fault: (path, problem) => misuse(placeOf(model, operation), `${path}: ${problem}`),
  })
}

function placeOf(model: Model, operation: PolicyOperation): string {
  const own = model.table.policy[operation] === undefined ? 'all' : operation
  return `table("${model.name}") policy.${own}`
}

/** A filter that a caller gave. */
export function readWhere(model: Model, where: unknown): ModelCondition {
  return readFilter(where, { columns: model.byName, fault: invalidFilter })
}

const PROBE: Actor = { id: '00000000-0000-7000-8000-000000000000', roles: [] }

/**
 * Asks every rule that is a function once, about an actor without roles, and throws `misuse` when
 * its answer is no rule or names an unknown column. A rule that throws is left to its real actors.
 */
export function probeRules(model: Model): void {
  const rules = Object.entries(model.table.policy as Policy<unknown>)
  for (const [name, rule] of rules) {
    if (typeof rule !== 'function') continue
    const answer = probe(rule)
    if (typeof answer === 'boolean') continue
    const place = `table("${model.name}") policy.${name}`
    if (!isPlainObject(answer)) {
      throw misuse(place, `expected it to return a filter or a boolean, not ${typeof answer}`)
    }
    readFilter(answer, {
      columns: model.byName,
      fault: (path, problem) =>
        misuse(place, `${path}: ${problem} Columns are: ${[...model.byName.keys()].join(', ')}`),
      namesOnly: true,
    })
  }
}

function probe(rule: (actor: Actor) => unknown): unknown {
  try {
    return rule(PROBE)
  } catch {
    return true
  }
}
