import { PlinthError } from '../kernel/index.ts'

/**
 * Returns the row, or throws `not_found` (404): the very answer of a resource for a row that is
 * missing or hidden, so that nobody can tell the two apart.
 *
 * ```ts
 * import { found, operation, rowSchema } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() }, { policy: { all: true } })
 *
 * export const archive = operation({
 *   method: 'POST',
 *   path: '/notes/:id/archive',
 *   params: v.object({ id: v.string() }),
 *   responses: { 200: rowSchema(notes) },
 *   handler: async ({ db, params }) => ({
 *     status: 200,
 *     body: found(await db.update(notes, params.id, { title: 'archived' })),
 *   }),
 * })
 * ```
 */
export function found<Row>(row: Row | null | undefined | false): Row {
  if (row !== null && row !== undefined && row !== false) return row
  throw new PlinthError('not_found', 'There is nothing here.', { status: 404 })
}
