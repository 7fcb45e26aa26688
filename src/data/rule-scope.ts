import type { FilterScope } from './condition.ts'
import type { Field, Model, ModelRelation } from './model.ts'

/** The names that conditions on the rows of a model can use. */
export type Scope = FilterScope<Field, ModelRelation>

const ruleScopes = new WeakMap<Model, Scope>()

/**
 * The names of a table as its rules use them: everything is seen. A rule that could only ask about
 * what its actor sees would have to be asked about itself.
 */
export function ruleScope(model: Model): Scope {
  const known = ruleScopes.get(model)
  if (known) return known
  const scope: Scope = {
    field: (name) => model.fieldOf.get(name),
    relation(name) {
      const relation = model.relations.get(name)
      if (!relation) return undefined
      const many = relation.kind === 'many'
      const there = ruleScope(relation.target)
      return { relation, many, scope: there, visible: undefined, through: undefined }
    },
  }
  ruleScopes.set(model, scope)
  return scope
}
