import { type Mark, markOf } from '../kernel/index.ts'
import type { AnyTable } from './table.ts'

/**
 * Tells which columns of a table are marked, by `secret()` or `personal()` in their schemas.
 *
 * ```ts
 * import { id, marksOf, table } from 'plinth/data'
 * import { personal } from 'plinth/kernel'
 * import * as v from 'valibot'
 *
 * const people = table('people', { id: id(), email: personal(v.string()), city: v.string() })
 * console.log(marksOf(people).get('email')) // personal
 * ```
 */
export function marksOf(table: AnyTable): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>()
  for (const [name, { schema }] of Object.entries(table.columns)) {
    const mark = markOf(schema)
    if (mark) marks.set(name, mark)
  }
  return marks
}
