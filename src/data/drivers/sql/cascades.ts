import type { Column, ReferencedTable } from '../../column.ts'
import type { Model } from '../../model.ts'

const known = new WeakMap<Model, boolean>()

/** Whether deleting a row can take along another one of the same table, perhaps by way of others. */
export function cascadesBack(model: Model): boolean {
  const found = known.get(model) ?? follows(model.table, model.table.columns, new Set())
  known.set(model, found)
  return found
}

/** Whether the rows of a table go along with those of the goal. */
function follows(table: ReferencedTable, goal: object, seen: Set<object>): boolean {
  seen.add(table.columns)
  return Object.values<Column>(table.columns).some(({ references }) => {
    if (references?.onDelete !== 'cascade') return false
    const above = references.table()
    return above.columns === goal || (!seen.has(above.columns) && follows(above, goal, seen))
  })
}
