import type { Actor } from '../kernel/index.ts'
import { type Context, modelOf, type Subject, SYSTEM } from './context.ts'
import { invalidQuery } from './errors.ts'
import type { ExplainedRule, Explanation } from './explanation.ts'
import type { Model, QueryCondition } from './model.ts'
import { readOrder } from './order.ts'
import type { AnyRule, FieldRules, PolicyOperation } from './policy.ts'
import type { Select } from './query.ts'
import { checkQuery, readLimit } from './query-options.ts'
import { allowed, allowedByPolicy, answerOf, type PlacedRule, rulesOfOperation } from './rules.ts'
import { readShape } from './shape.ts'
import type { AnyTable } from './table.ts'
import { OPERATIONS } from './table-options.ts'
import { optionalWhere, whereAllowed } from './where.ts'
import { wordsOf } from './words.ts'

/** Says which rules apply to a query of an actor, and why. Runs nothing. */
export function explain(
  { engine }: Context,
  table: AnyTable,
  { actor, query }: { readonly actor: Actor | null; readonly query: unknown },
): Explanation {
  const model = modelOf(engine, table)
  checkQuery('explain()', query, ['operation', 'where', 'orderBy', 'select', 'limit'])
  // Checked to be an object with no other keys than these.
  const asked = query as Record<string, unknown>
  const operation = readOperation(asked['operation'])
  const rules = rulesOfOperation(model, operation).map((rule) => explained(model, rule, actor))
  const context: Context = { engine, subject: actor, scope: undefined, transaction: undefined }
  const select = selectOf(context, model, { operation, asked })
  const { text = '', params = [] } = select ? engine.store.describe(select) : {}
  const fields = operation === 'create' ? [] : fieldRules(model, actor)
  const words = [
    subjectWords(actor),
    ...rules.map((rule) => ruleWords(operation, rule)),
    ...fields.map(fieldWords),
    outcome(model, operation, { select, rules }),
  ]
  return { words: words.join('\n'), rules: [...rules, ...fields], sql: text, params }
}

function readOperation(operation: unknown = 'read'): PolicyOperation {
  if (OPERATIONS.includes(operation as PolicyOperation) && operation !== 'all') {
    return operation as PolicyOperation
  }
  throw invalidQuery('operation', 'Expected read, create, update or delete.')
}

function explained(model: Model, { place, rule }: PlacedRule, subject: Subject): ExplainedRule {
  const named = `table("${model.name}") ${place}`
  const answer = answerOf(rule, subject, () => ({ model, place }))
  const whole = typeof answer === 'boolean'
  return {
    place: named,
    allows: whole ? (answer ? 'all' : 'none') : 'some',
    filter: whole ? undefined : filterOf(rule, subject),
    words: whole ? (answer ? 'all rows' : 'no rows') : wordsOf(answer),
  }
}

/** What the rule answered, as it stands in the team's code. */
function filterOf(rule: AnyRule, subject: Subject): object | undefined {
  if (typeof rule === 'object') return rule
  const asked = typeof rule === 'function' && subject !== null && subject !== SYSTEM
  return asked ? (rule(subject) as object) : undefined
}

function fieldRules(model: Model, actor: Actor | null): ExplainedRule[] {
  return Object.entries(model.table.fields as FieldRules).flatMap(([name, rules]) =>
    rules?.read === undefined
      ? []
      : [explained(model, { place: `fields.${name}.read`, rule: rules.read }, actor)],
  )
}

/** The rows that are read, or that a write would reach; undefined where there can be none. */
function selectOf(
  context: Context,
  model: Model,
  { operation, asked }: { operation: PolicyOperation; asked: Record<string, unknown> },
): Select | undefined {
  if (operation === 'create') return undefined
  const { subject } = context
  const rules = [allowed(model, operation, subject)]
  if (operation !== 'read') rules.push(allowedByPolicy(model, 'read', subject))
  let where: QueryCondition | undefined = optionalWhere(model, asked['where'], subject)
  for (const rule of rules) {
    if (rule === false) return undefined
    where = whereAllowed(where, rule)
  }
  const { fields } = readShape(context, model, { select: asked['select'] })
  const order = readOrder(model, asked['orderBy'], subject)
  return { type: 'select', model, fields, where, order, limit: readLimit(asked['limit']) }
}

function subjectWords(actor: Actor | null): string {
  if (!actor) return 'Nobody is signed in: rules that are functions deny.'
  const roles = actor.roles.length === 0 ? 'without roles' : `with roles ${actor.roles.join(', ')}`
  return `The actor is ${actor.id}, ${roles}.`
}

function ruleWords(operation: PolicyOperation, { place, words }: ExplainedRule): string {
  return `${place} lets ${operation} reach ${words}.`
}

function fieldWords({ place, words, allows }: ExplainedRule): string {
  return `${place} shows the field in ${words}${allows === 'all' ? '' : '; elsewhere it is null'}.`
}

function outcome(
  model: Model,
  operation: PolicyOperation,
  { select, rules }: { select: Select | undefined; rules: readonly ExplainedRule[] },
): string {
  if (rules.some(({ allows }) => allows === 'none')) {
    return operation === 'read' ? 'So nothing is found.' : 'So it is denied.'
  }
  if (operation === 'create') return 'So a row is created if it meets all of that.'
  const verb = operation === 'read' ? 'found' : 'reached'
  return `So these rows of ${model.name} are ${verb}: ${wordsOf(select?.where)}.`
}
