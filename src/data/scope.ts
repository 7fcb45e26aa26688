import { both, type Comparing, NEVER, type RelationScope, readFilter } from './condition.ts'
import { type Subject, SYSTEM } from './context.ts'
import { deniedField, invalidFilter } from './errors.ts'
import { isHidden, seenBy } from './fields.ts'
import type { Field, Model, ModelColumn, ModelRelation, QueryCondition } from './model.ts'
import { ruleScope, type Scope } from './rule-scope.ts'
import { allowed } from './rules.ts'

/** The names of a table as a caller uses them: hidden rows do not exist, hidden fields are null. */
export function callerScope(model: Model, subject: Subject): Scope {
  if (subject === SYSTEM || (model.relations.size === 0 && !hasFieldRules(model))) {
    return ruleScope(model)
  }
  return {
    field(name) {
      const field = model.fieldOf.get(name)
      return field && namedBy(model, field, subject)
    },
    relation(name) {
      const relation = model.relations.get(name)
      return relation && relationScope(model, relation, subject)
    },
    compare: throughMask,
  }
}

/** A hidden field is null: what is compared with it meets the mask, or compares with null. */
function throughMask(comparing: Comparing<Field>): QueryCondition {
  const { field, operator, operand } = comparing
  const { column, mask } = field
  if (!mask) return comparing
  const plain: QueryCondition = { ...comparing, field: { column } }
  const holdsForNull = operator === 'eq' ? operand === null : operator === 'ne' && operand !== null
  return holdsForNull
    ? { type: 'any', items: [{ type: 'not', item: mask }, plain] }
    : { type: 'all', items: [mask, plain] }
}

function relationScope(
  model: Model,
  relation: ModelRelation,
  subject: Subject,
): RelationScope<Field, ModelRelation> {
  return {
    relation,
    many: relation.kind === 'many',
    scope: callerScope(relation.target, subject),
    ...linkSeenBy(model, relation, subject),
  }
}

/** What a subject sees of a relation's link: hidden rows and hidden columns at either end break it. */
export interface SeenLink {
  /** Must hold for the row that the relation starts from. */
  readonly near: QueryCondition | undefined
  /** Must hold for the row that it leads to. */
  readonly visible: QueryCondition | undefined
  /** Must hold for the row between. */
  readonly through: QueryCondition | undefined
}

export function linkSeenBy(model: Model, relation: ModelRelation, subject: Subject): SeenLink {
  const { target, local, foreign, through } = relation
  const maskOf = (of: Model, { name }: ModelColumn): QueryCondition | undefined =>
    namedBy(of, of.fieldOf.get(name) as Field, subject).mask
  return {
    near: maskOf(model, local),
    visible: both(maskOf(target, foreign), visibleTo(target, subject)),
    through:
      through &&
      both(
        both(maskOf(through.model, through.from), maskOf(through.model, through.to)),
        visibleTo(through.model, subject),
      ),
  }
}

/** A field as a subject may name it in a query: one that is hidden in every row must not be named. */
export function namedBy(model: Model, field: Field, subject: Subject): Field {
  const seen = seenBy(model, field, subject)
  if (isHidden(seen)) throw deniedField('use', model.name, field.column.name)
  return seen
}

/** What tells the rows that a subject may read; undefined for all of them. */
function visibleTo(model: Model, subject: Subject): QueryCondition | undefined {
  const answer = allowed(model, 'read', subject)
  if (typeof answer === 'boolean') return answer ? undefined : NEVER
  return answer
}

/** Reads a filter that a caller gave. */
export function readWhere(model: Model, where: unknown, subject: Subject): QueryCondition {
  return readFilter(where, { scope: callerScope(model, subject), fault: invalidFilter })
}

function hasFieldRules({ table }: Model): boolean {
  return Object.keys(table.fields).length > 0
}
