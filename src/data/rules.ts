import { misuse } from '../kernel/index.ts'
import { isPlainObject, readFilter } from './condition.ts'
import { type Subject, SYSTEM } from './context.ts'
import type { Model, QueryCondition } from './model.ts'
import type { AnyRule, FieldRules, Policy, PolicyOperation } from './policy.ts'
import { probe } from './probe.ts'
import { ruleScope } from './rule-scope.ts'

/** What a rule says about a subject: all rows, none, or those that meet a condition. */
export type Allowed = boolean | QueryCondition

/** Asks the rules of one operation about a subject. What no rule allows is denied. */
export function allowed(model: Model, operation: PolicyOperation, subject: Subject): Allowed {
  const { restrict } = model.table
  const own = allowedByPolicy(model, operation, subject)
  if (subject === SYSTEM) return own
  if (restrict === undefined || own === false) return own
  return bothAllowed(
    own,
    answerOf(restrict, subject, () => ({ model, place: 'restrict' })),
  )
}

/** The same without what holds beside every rule, for where another answer has that in it. */
export function allowedByPolicy(
  model: Model,
  operation: PolicyOperation,
  subject: Subject,
): Allowed {
  if (subject === SYSTEM) return true
  const place = () => ({ model, place: placeOf(model, operation) })
  return answerOf(ruleOf(model, operation), subject, place)
}

/** A rule and where it stands. */
export interface PlacedRule {
  readonly place: string
  readonly rule: AnyRule
}

/** The rules that an operation has to pass, for whoever wants to look at them one by one. */
export function rulesOfOperation(model: Model, operation: PolicyOperation): readonly PlacedRule[] {
  const { restrict } = model.table
  const reads = operation === 'update' || operation === 'delete'
  const operations =
    reads && !sameRule(model, 'read', operation) ? (['read', operation] as const) : [operation]
  const own = operations.map((name) => ({
    place: placeOf(model, name),
    rule: ruleOf(model, name),
  }))
  return restrict === undefined ? own : [...own, { place: 'restrict', rule: restrict }]
}

/** Whether two operations are governed by one and the same rule. */
export function sameRule(model: Model, a: PolicyOperation, b: PolicyOperation): boolean {
  return ruleOf(model, a) === ruleOf(model, b)
}

/** Both of two answers. */
export function bothAllowed(a: Allowed, b: Allowed): Allowed {
  if (a === true) return b
  if (b === true) return a
  return a === false || b === false ? false : { type: 'all', items: [a, b] }
}

/** Where a rule stands, for the message about a mistake in it. */
interface RulePlace {
  readonly model: Model
  readonly place: string
}

/** Asks one rule about a subject, who is not the system. */
export function answerOf(rule: AnyRule, subject: Subject, at: () => RulePlace): Allowed {
  if (typeof rule === 'boolean') return rule
  if (typeof rule !== 'function') return readRule(rule, at())
  if (subject === null || subject === SYSTEM) return false
  const answer = rule(subject)
  return typeof answer === 'boolean' ? answer : readRule(answer, at())
}

function ruleOf({ table }: Model, operation: PolicyOperation): AnyRule {
  const policy: Policy<Record<string, unknown>> = table.policy
  return policy[operation] ?? policy.all ?? false
}

function placeOf({ table }: Model, operation: PolicyOperation): string {
  return table.policy[operation] === undefined ? 'policy.all' : `policy.${operation}`
}

/** A filter that a rule gave. A mistake in it is the team's own, and lets nobody through. */
function readRule(filter: unknown, { model, place }: RulePlace): QueryCondition {
  return readFilter(filter, {
    scope: ruleScope(model),
    fault: (path, problem) => misuse(`table("${model.name}") ${place}`, `${path}: ${problem}`),
  })
}

/**
 * Asks every rule that is a function once, about an actor without roles, and throws `misuse` when
 * its answer is no rule or names an unknown column. A rule that throws is left to its real actors.
 */
export function probeRules(model: Model): void {
  for (const [place, rule] of rulesOf(model)) {
    const answer = typeof rule === 'function' ? probe(rule) : rule
    if (typeof answer === 'boolean') continue
    const where = `table("${model.name}") ${place}`
    if (!isPlainObject(answer)) {
      throw misuse(where, `expected it to return a filter or a boolean, not ${typeof answer}`)
    }
    const names = [...model.byName.keys(), ...model.relations.keys()].join(', ')
    readFilter(answer, {
      scope: ruleScope(model),
      fault: (path, problem) => misuse(where, `${path}: ${problem} Columns are: ${names}`),
      namesOnly: true,
    })
  }
}

function rulesOf({ table }: Model): [place: string, rule: AnyRule][] {
  const policy = Object.entries(table.policy as Policy<Record<string, unknown>>)
  const rules = policy.map(([name, rule]): [string, AnyRule] => [`policy.${name}`, rule as AnyRule])
  for (const [name, field] of Object.entries(table.fields as FieldRules)) {
    for (const [use, rule] of Object.entries(field ?? {})) {
      rules.push([`fields.${name}.${use}`, rule])
    }
  }
  if (table.restrict !== undefined) rules.push(['restrict', table.restrict])
  return rules
}
