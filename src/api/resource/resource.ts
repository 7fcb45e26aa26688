import type { AnyTable, Row } from '../../data/index.ts'
import type { Operation } from '../../http/index.ts'
import { rememberTable } from '../tables.ts'
import type { WirePage, WireRow } from '../wire/row.ts'
import type { WireInsert, WirePatch } from '../wire/values.ts'
import { makers, prepareRows } from './makers.ts'
import { checkOptions, type ResourceOptions, type ResourceVerb, VERBS } from './options.ts'

/** What a client may put into the query of a list: see `resource`. */
export interface WireListQuery {
  limit?: number | undefined
  cursor?: string | undefined
  /** Columns by comma, each descending behind a `-`. */
  order?: string | undefined
  [comparison: string]: unknown
}

/** The operations of a resource. */
export interface ResourceOperations<
  T extends AnyTable,
  Fixed extends PropertyKey = never,
  Shown = keyof Row<T>,
> {
  readonly list: Operation<{ query: WireListQuery }, { 200: WirePage<T, Shown> }>
  readonly get: Operation<{ params: { id: string } }, { 200: WireRow<T, Shown> }>
  readonly create: Operation<{ body: WireInsert<T, Fixed> }, { 201: WireRow<T, Shown> }>
  readonly update: Operation<
    { params: { id: string }; body: WirePatch<T, Fixed> },
    { 200: WireRow<T, Shown> }
  >
  readonly delete: Operation<{ params: { id: string } }, { 204: null }>
}

/**
 * Makes the five operations that a table needs: list, get, create, update and delete.
 *
 * - `GET /notes?limit=20&order=-createdAt&status=open&title.startsWith=A` answers `{ items, next }`;
 *   `next` is the `cursor` of the next page. Comparisons are `column=value` or `column.operator=value`
 *   with `ne`, `in` (once for each value), `gt`, `gte`, `lt`, `lte`, `startsWith`, `contains`, and
 *   `column.is=null` or `column.is=set`.
 * - `GET /notes/:id`, `PATCH /notes/:id`, `DELETE /notes/:id` answer 404 alike for a row that does not
 *   exist and for one that the caller may not see.
 * - `POST /notes` answers 201 and a `Location`. Columns that the server fills, and those that the option
 *   `readonly` names, are not taken from a body.
 * - `PATCH` of a table with a `version()` takes the version that the change was made from, and answers
 *   409 `version_conflict` when the row has another one by now.
 *
 * Every row passes the table's policy. To replace an operation, spread the others:
 *
 * ```ts
 * import { operation, resource, rowSchema } from 'plinth/api'
 * import { id, ref, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const boards = table('boards', { id: id(), name: v.string() }, { policy: { all: true } })
 * const cards = table(
 *   'cards',
 *   { id: id(), board: ref(boards), title: v.string() },
 *   { policy: { all: true } },
 * )
 *
 * export const api = {
 *   cards: {
 *     ...resource(cards, { list: { filter: ['board'], order: ['title'] } }),
 *     create: operation({
 *       method: 'POST',
 *       path: '/boards/:board/cards',
 *       params: v.object({ board: v.string() }),
 *       body: v.object({ title: v.string() }),
 *       responses: { 201: rowSchema(cards) },
 *       handler: async ({ db, params, body }) => ({
 *         status: 201,
 *         body: await db.create(cards, { board: params.board, title: body.title }),
 *       }),
 *     }),
 *   },
 * }
 * ```
 */
export function resource<
  T extends AnyTable,
  const Verbs extends ResourceVerb = ResourceVerb,
  const Fixed extends keyof Row<T> & string = never,
  const Shown extends keyof Row<T> & string = keyof Row<T> & string,
>(
  table: T,
  options: ResourceOptions<T, Verbs, Fixed, Shown> = {},
): Pick<ResourceOperations<T, Fixed, Shown>, Verbs> {
  checkOptions(table, options)
  const verbs: readonly ResourceVerb[] = options.only ?? VERBS
  const rows = prepareRows(table, options)
  const operations = Object.fromEntries(verbs.map((verb) => [verb, makers[verb](rows)]))
  for (const operation of Object.values(operations)) rememberTable(operation, table)
  // Each maker declares the route, input and answers that the interface says.
  return operations as unknown as Pick<ResourceOperations<T, Fixed, Shown>, Verbs>
}
