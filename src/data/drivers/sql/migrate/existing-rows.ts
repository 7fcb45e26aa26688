import * as v from 'valibot'
import type { ModelColumn } from '../../../model.ts'
import { Problem, toStored } from '../../../stored.ts'
import type { StoredValue } from '../../../value.ts'

/**
 * The value that rows which are there already get in a new column: null where it is nullable, the
 * schema's constant default, the time of the migration, or the first version. Undefined when there is none: a default
 * that is computed would be computed once for all rows.
 */
export function existingRowsValue(column: ModelColumn, now: number): StoredValue | undefined {
  const { kind, nullable, reference } = column
  const { fill, primaryKey, schema } = column.column
  if (nullable) return null
  if (primaryKey || reference) return undefined
  if (fill === 'now') return Math.trunc(now)
  if (fill === 'version') return 1
  if (column.absent === undefined || hasComputedDefault(schema)) return undefined
  const result = v.safeParse(schema, column.absent === 'null' ? null : undefined)
  if (!result.success || result.output === null || result.output === undefined) return undefined
  const stored = toStored(kind, result.output)
  return stored instanceof Problem || stored instanceof Uint8Array ? undefined : stored
}

function hasComputedDefault(schema: object): boolean {
  const { default: value, wrapped } = schema as { default?: unknown; wrapped?: object }
  return typeof value === 'function' || (wrapped !== undefined && hasComputedDefault(wrapped))
}
