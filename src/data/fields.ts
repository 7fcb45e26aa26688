import { NEVER } from './condition.ts'
import { type Subject, SYSTEM } from './context.ts'
import { deniedField } from './errors.ts'
import type { Field, Model, ModelColumn, QueryCondition } from './model.ts'
import type { AnyRule, FieldRule } from './policy.ts'
import { type Allowed, answerOf, bothAllowed } from './rules.ts'

/** A field as a subject sees it: masked where a rule hides it from some rows, or from all. */
export function seenBy(model: Model, field: Field, subject: Subject): Field {
  const { column } = field
  const rule = ruleOf(model, column, 'read')
  if (rule === undefined || subject === SYSTEM) return field
  const answer = ask(model, { column, use: 'read', rule, subject })
  if (answer === true) return field
  return { column, mask: answer === false ? NEVER : answer }
}

/** Whether a field is null in every row, so that its very name must not be used. */
export function isHidden({ mask }: Field): boolean {
  return mask === NEVER
}

/** All fields of a table as a subject sees them. */
export function fieldsSeenBy(model: Model, subject: Subject): readonly Field[] {
  if (subject === SYSTEM || Object.keys(model.table.fields).length === 0) return model.fields
  return model.fields.map((field) => seenBy(model, field, subject))
}

/**
 * What must hold for a row, as it becomes, so that a subject may set these columns of it; `denied`
 * where a rule lets the subject set one of them in no row.
 */
export function settable(
  model: Model,
  columns: Iterable<ModelColumn>,
  subject: Subject,
): true | QueryCondition {
  let all: true | QueryCondition = true
  if (subject === SYSTEM) return all
  for (const column of columns) {
    const rule = ruleOf(model, column, 'write')
    if (rule === undefined) continue
    const answer = ask(model, { column, use: 'write', rule, subject })
    if (answer === false) throw deniedField('set', model.name, column.name)
    // Neither of them is false, so both together are not.
    all = bothAllowed(all, answer) as true | QueryCondition
  }
  return all
}

function ruleOf(
  { table }: Model,
  { name }: ModelColumn,
  use: keyof FieldRule,
): AnyRule | undefined {
  return Object.hasOwn(table.fields, name) ? table.fields[name]?.[use] : undefined
}

function ask(
  model: Model,
  asked: {
    readonly column: ModelColumn
    readonly use: keyof FieldRule
    readonly rule: AnyRule
    readonly subject: Subject
  },
): Allowed {
  const { column, use, rule, subject } = asked
  return answerOf(rule, subject, () => ({ model, place: `fields.${column.name}.${use}` }))
}
