import type * as v from 'valibot'
import { assertKnown, misuse } from '../../kernel/index.ts'

/** A member of a resource's rows that is computed when they are answered. */
export interface Computed<
  Schema extends v.GenericSchema = v.GenericSchema,
  Source extends object = never,
> {
  readonly schema: Schema
  readonly from: readonly (keyof Source & string)[]
  readonly value: (row: Source) => v.InferInput<Schema>
}

/**
 * Declares a member of a resource's rows that no column holds: it is computed from columns of the row
 * each time that the row is answered. It is given those columns as the caller sees them, null where a
 * rule hides them, and only columns that the resource shows. Nobody can filter or sort by it; what
 * must be searched is a `generated` column.
 *
 * ```ts
 * import { computed, resource } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const people = table(
 *   'people',
 *   { id: id(), first: v.string(), last: v.string() },
 *   { policy: { read: true } },
 * )
 *
 * export const api = {
 *   people: resource(people, {
 *     computed: {
 *       name: computed(v.string(), {
 *         from: ['first', 'last'],
 *         value: (row: { first: string; last: string }) => `${row.first} ${row.last}`,
 *       }),
 *     },
 *   }),
 * }
 * ```
 */
export function computed<Schema extends v.GenericSchema, Source extends object>(
  schema: Schema,
  options: {
    /** The columns that the value is computed from: at least one. */
    readonly from: readonly (keyof Source & string)[]
    /** Computes the value, at once, from those columns and nothing else. */
    readonly value: (row: Source) => v.InferInput<Schema>
  },
): Computed<Schema, Source> {
  assertKnown('computed()', options, ['from', 'value'])
  const { from, value } = options
  if (!Array.isArray(from) || from.length === 0) {
    throw misuse('computed()', 'from: expected an array of at least one column')
  }
  if (typeof value !== 'function') throw misuse('computed()', 'value: expected a function')
  return { schema, from, value }
}
