import { misuse } from '../kernel/index.ts'
import type { Column } from './column.ts'
import { type FilterColumn, type FilterField, readFilter } from './condition.ts'
import { holds } from './decide.ts'
import { invalidFilter } from './errors.ts'
import type { Filter } from './filter.ts'
import { Problem, toStored } from './stored.ts'
import type { AnyTable, Row } from './table.ts'
import type { StoredValue } from './value.ts'

/**
 * Tells whether a row meets a filter, exactly as the database would decide it. A filter that means
 * nothing is `invalid_filter`, as in a query.
 *
 * ```ts
 * import { id, matches, table } from 'plinth/data'
 * import { uuidv7 } from 'plinth/kernel'
 * import * as v from 'valibot'
 *
 * const tasks = table('tasks', { id: id(), title: v.string(), done: v.boolean() })
 * const task = { id: uuidv7(), title: 'Write', done: false }
 * console.log(matches(tasks, task, { not: { done: true } })) // true
 * ```
 */
export function matches<T extends AnyTable>(
  table: T,
  row: Row<T>,
  filter: Filter<Row<T>>,
): boolean {
  const columns = new Map(Object.entries(table.columns as Record<string, Column>).map(toEntry))
  const scope = { field: (name: string) => columns.get(name) }
  const condition = readFilter<FilterField>(filter, { scope, fault: invalidFilter })
  return holds(condition, ({ column: { name, kind } }) =>
    storedOf((row as Record<string, unknown>)[name], kind),
  )

  function storedOf(value: unknown, kind: FilterColumn['kind']): StoredValue {
    if (value === null || value === undefined) return null
    const stored = toStored(kind, value)
    if (stored instanceof Problem) throw misuse(`table("${table.name}") row`, stored.message)
    return stored
  }
}

function toEntry([name, { kind, nullable }]: [string, Column]): [string, FilterField] {
  return [name, { column: { name, kind, nullable } }]
}
