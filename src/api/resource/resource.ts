import type { AnyTable, Include, Row } from '../../data/index.ts'
import { branch, type Operation, type OperationTree } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { rememberTable } from '../tables.ts'
import { changed } from './changed.ts'
import { checkOptions } from './check-options.ts'
import { bulkMakers, makers } from './makers.ts'
import type { NamesOf, Resource, ResourceOperations, ResourceRow } from './operations.ts'
import type { AnyOptions, Changes, ComputedBy, ResourceOptions } from './options.ts'
import { prepareRows, type Rows } from './rows.ts'
import { BULK, type BulkKind, type ResourceVerb, VERBS } from './verbs.ts'

/**
 * Makes the operations that a table needs: list, get, create, replace, update and delete.
 *
 * - `GET /notes?limit=20&order=-createdAt&status=open&title.startsWith=A` answers `{ items, next }`;
 *   `next` is the `cursor` of the next page. Comparisons are `column=value` or `column.operator=value`
 *   with `ne`, `in` (once for each value), `gt`, `gte`, `lt`, `lte`, `startsWith`, `contains`, and
 *   `column.is=null` or `column.is=set`. A `Link` field names the next page (RFC 8288).
 * - `GET`, `PUT`, `PATCH` and `DELETE /notes/:id` answer 404 alike for a row that does not exist and
 *   for one that the caller may not see.
 * - `POST /notes` answers 201 and a `Location`. Columns that the server fills, and those that the option
 *   `readonly` names, are not taken from a body.
 * - `PUT` sets every column that a client may set: what the body does not name becomes what a new row
 *   has without it, but for columns with rules of their own, which are left alone.
 * - `PATCH` is a JSON merge patch (RFC 7396): null clears a column that a row can do without, and an
 *   object is merged into the one that a JSON column holds.
 * - Rows of a table with a `version()` have an `ETag`. `If-Match` makes a write depend on it: 412
 *   `precondition_failed` when the row has been changed since. A patch may carry the version itself
 *   instead, and is then answered 409 `version_conflict`.
 *
 * The options narrow that and add to it: related rows and chosen columns, totals, computed members,
 * operations on many rows at once and of one's own.
 *
 * Every row passes the table's policy. An operation is replaced by its name; who replaces `update`
 * thinks of `replace` as well:
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
 *   cards: resource(cards, {
 *     list: { filter: ['board'], order: ['title'] },
 *     operations: {
 *       replace: false,
 *       create: operation({
 *         method: 'POST',
 *         path: '/boards/:board/cards',
 *         params: v.object({ board: v.string() }),
 *         body: v.object({ title: v.string() }),
 *         responses: { 201: rowSchema(cards) },
 *         handler: async ({ db, params, body }) => ({
 *           status: 201,
 *           body: await db.create(cards, { board: params.board, title: body.title }),
 *         }),
 *       }),
 *     },
 *   }),
 * }
 * ```
 */
export function resource<
  T extends AnyTable,
  const Verbs extends ResourceVerb = ResourceVerb,
  const Fixed extends keyof Row<T> & string = never,
  const Shown extends keyof Row<T> & string = keyof Row<T> & string,
  const Bulk extends BulkKind = never,
  const Included extends Include<T> = Record<never, never>,
  const Sparse extends boolean = false,
  const Added extends ComputedBy<T, Shown> = Record<never, never>,
  const Changed extends Changes = Record<never, never>,
  const Actions extends OperationTree = Record<never, never>,
>(
  table: T,
  options: ResourceOptions<
    T,
    Verbs,
    Fixed,
    Shown,
    Bulk,
    Included,
    Sparse,
    Added,
    Changed,
    Actions
  > = {},
): NoInfer<
  Resource<
    ResourceOperations<T, Fixed, ResourceRow<T, Shown, Included, Sparse, Added>>,
    NamesOf<Verbs, Bulk>,
    Changed,
    Actions
  >
> {
  // Names of columns are all that the table's type adds to the options; they are checked when used.
  const any = options as unknown as AnyOptions
  checkOptions(table, any)
  const rows = prepareRows(table, any)
  const made = makeOperations(rows)
  for (const operation of Object.values(made)) rememberTable(operation, table)
  const operations = changed(table, made, options.operations)
  const actions = branch({ path: rows.path }, options.actions ?? {})
  const twice = Object.keys(actions).find((name) => Object.hasOwn(operations, name))
  if (twice !== undefined) {
    throw misuse(
      `resource(${table.name}).actions`,
      `"${twice}" is the name of an operation already`,
    )
  }
  // Each maker declares the route, input and answers that the types say.
  return { ...operations, ...actions } as never
}

function makeOperations(rows: Rows): Record<string, Operation> {
  const { only = VERBS, bulk = {} } = rows.options
  const made = Object.fromEntries(only.map((verb) => [verb, makers[verb](rows)]))
  for (const kind of BULK) {
    const limit = bulk[kind]
    const { name, make } = bulkMakers[kind]
    if (limit !== undefined) made[name] = make(rows, limit)
  }
  return made
}
