import type { AnyTable } from '../../table.ts'
import { columnType, indexColumns } from './types.ts'

/** Throws `misuse` where the table has a key that neither server could hold. */
export function assertKeys({ name: table, columns, primaryKey, unique }: AnyTable): void {
  for (const key of [[primaryKey], ...unique]) {
    const typed = key.map((name) => {
      // `table()` makes sure that its keys name columns of it.
      const column = columns[name] as NonNullable<(typeof columns)[string]>
      return { name, type: columnType(column, { table, name, in: 'key' }) }
    })
    indexColumns(typed, { table, unique: true })
  }
}
