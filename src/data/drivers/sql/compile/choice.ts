import type { Model, QueryCondition } from '../../../model.ts'
import type { Select } from '../../../query.ts'

/** How many indexes of a table begin with a column. */
type Leading = ReadonlyMap<string, number>

const known = new WeakMap<Model, Leading>()

/**
 * Whether more than one index could serve a select, so that the values compared may tell which. With
 * one at the most, a plan for all values is as good as one for each.
 */
export function hasChoice({ model, where, order = [], each }: Select): boolean {
  if (each) return true
  const columns = new Set<string>()
  if (where && !collect(where, columns)) return true
  const first = order[0]?.field.column.name
  if (first !== undefined) columns.add(first)
  const leading = leadingOf(model)
  let usable = 0
  for (const name of columns) usable += leading.get(name) ?? 0
  return usable > 1
}

/** Collects the columns compared; false where rows of other tables are asked for, by indexes of theirs. */
function collect(condition: QueryCondition, columns: Set<string>): boolean {
  switch (condition.type) {
    case 'compare':
      columns.add(condition.field.column.name)
      return true
    case 'not':
      return collect(condition.item, columns)
    case 'related':
      return false
    default:
      return condition.items.every((item) => collect(item, columns))
  }
}

function leadingOf(model: Model): Leading {
  const found = known.get(model)
  if (found) return found
  const leading = new Map([[model.key.name, 1]])
  const { unique, indexes } = model.table
  for (const [first = ''] of [...unique, ...indexes]) {
    leading.set(first, (leading.get(first) ?? 0) + 1)
  }
  // A reference has an index of its own where no other begins with it.
  for (const { name } of model.references) if (!leading.has(name)) leading.set(name, 1)
  known.set(model, leading)
  return leading
}
