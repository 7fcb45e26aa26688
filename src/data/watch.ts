import type { Model, ModelColumn, Models } from './model.ts'
import type { Written } from './table.ts'

/** What is to be told of writes to a table. */
export interface Watch {
  /** The operations whose changes are told. None where only rows that go along with others are. */
  readonly told: ReadonlySet<Written>
  /** The references through which deleting a row changes rows that are told of. */
  readonly dependents: readonly Dependent[]
}

/** A column of another table whose rows follow the row that it refers to. */
export interface Dependent {
  readonly model: Model
  readonly column: ModelColumn
  readonly onDelete: 'cascade' | 'set null'
}

/** Finds the tables whose writes change rows that are told of. Others cost one lookup. */
export function watchesOf(models: Models): ReadonlyMap<Model, Watch> {
  const all = [...models.values()]
  const following = new Map(all.map((model) => [model, dependentsOf(model, all)]))
  const watches = new Map<Model, Watch>()
  for (const model of all) {
    const told = new Set(model.table.audit)
    const dependents = (following.get(model) ?? []).filter((one) => matters(one, following))
    if (told.size > 0 || dependents.length > 0) watches.set(model, { told, dependents })
  }
  return watches
}

function dependentsOf(model: Model, all: readonly Model[]): Dependent[] {
  return all.flatMap((other) =>
    other.references.flatMap((column) => {
      const { reference } = column
      if (reference?.table.columns !== model.table.columns) return []
      const { onDelete } = reference
      return onDelete === 'restrict' ? [] : [{ model: other, column, onDelete }]
    }),
  )
}

/** Whether a row that follows is told of, or takes along others that are. */
function matters(
  { model, onDelete }: Dependent,
  following: ReadonlyMap<Model, readonly Dependent[]>,
  seen: Set<Model> = new Set(),
): boolean {
  const { audit } = model.table
  if (onDelete === 'set null') return audit.includes('update')
  if (audit.includes('delete')) return true
  if (seen.has(model)) return false
  seen.add(model)
  return (following.get(model) ?? []).some((next) => matters(next, following, seen))
}
