import * as v from 'valibot'
import type { AnyTable, GetQuery, Include, Page, Result, Row, Select } from '../../data/index.ts'
import type { Wire } from '../../http/index.ts'
import { type RowShape, toRowSchema } from './row-schema.ts'

/** A column's value as JSON carries it: instants, big integers and bytes are text. */
export type WireValue<T> = T extends Date | bigint | Uint8Array ? string : T

/** A row as a client receives it: whole, or some of its columns. */
export type WireRow<T extends AnyTable, Shown = keyof Row<T>> = {
  [K in keyof Row<T> & Shown]: WireValue<Row<T>[K]>
}

/** A page of rows as a client receives it. */
export interface WirePage<T extends AnyTable, Shown = keyof Row<T>> {
  items: WireRow<T, Shown>[]
  /** The `cursor` of the next page; null on the last. */
  next: string | null
}

/** The rows of a query with `select` and `include`, as the database gives them. */
type Shaped<T extends AnyTable, S extends Select<T> | undefined, I extends Include<T>> = Result<
  T,
  { select: S; include: NoInfer<I> }
>

/**
 * Returns the schema of a table's rows in an answer: a handler gives the row as the database did, and
 * the client receives instants as RFC 3339 text, big integers as decimal text and bytes as base64.
 * Given the `select` and `include` of a query, it is the schema of that query's rows, related ones
 * included.
 *
 * Only what it names is sent. The values are not validated again: they were when written. The API
 * description writes the whole row of a table once, under the table's name.
 *
 * ```ts
 * import * as v from 'valibot'
 * import { operation, rowSchema } from 'plinth/api'
 * import { id, many, ref, schema, table } from 'plinth/data'
 *
 * const open = { policy: { read: true } }
 * const boardsTable = table('boards', { id: id(), title: v.string() }, open)
 * const tasks = table('tasks', { id: id(), board: ref(boardsTable), title: v.string() }, open)
 * const { boards } = schema(
 *   { boards: boardsTable, tasks },
 *   { relations: { boards: { tasks: many('tasks', 'board') } } },
 * )
 * const shown = { select: ['title'], include: { tasks: true } } as const
 *
 * export const first = operation({
 *   method: 'GET',
 *   path: '/first',
 *   responses: { 200: v.nullable(rowSchema(boards, shown)) },
 *   handler: async ({ db }) => ({ status: 200, body: await db.first(boards, shown) }),
 * })
 * ```
 */
export function rowSchema<T extends AnyTable>(table: T): v.GenericSchema<Row<T>, WireRow<T>>
export function rowSchema<
  T extends AnyTable,
  const S extends Select<T> | undefined = undefined,
  const I extends Include<T> = Record<never, never>,
>(table: T, shape: GetQuery<T, S, I>): v.GenericSchema<Shaped<T, S, I>, Wire<Shaped<T, S, I>>>
export function rowSchema(table: AnyTable, shape?: RowShape): v.GenericSchema {
  return toRowSchema(table, shape)
}

/**
 * Returns the schema of a page of a table's rows: what `db.list` gives, as an answer. Takes the query's
 * `select` and `include` as `rowSchema` does.
 *
 * ```ts
 * import { operation, pageSchema } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() }, { policy: { read: true } })
 *
 * export const newest = operation({
 *   method: 'GET',
 *   path: '/newest',
 *   query: v.object({ cursor: v.optional(v.string()) }),
 *   responses: { 200: pageSchema(notes) },
 *   handler: async ({ db, query }) => ({
 *     status: 200,
 *     body: await db.list(notes, { orderBy: { id: 'desc' }, ...query }),
 *   }),
 * })
 * ```
 */
export function pageSchema<T extends AnyTable>(table: T): v.GenericSchema<Page<Row<T>>, WirePage<T>>
export function pageSchema<
  T extends AnyTable,
  const S extends Select<T> | undefined = undefined,
  const I extends Include<T> = Record<never, never>,
>(
  table: T,
  shape: GetQuery<T, S, I>,
): v.GenericSchema<Page<Shaped<T, S, I>>, Wire<Page<Shaped<T, S, I>>>>
export function pageSchema(table: AnyTable, shape?: RowShape): v.GenericSchema {
  return v.object({ items: v.array(toRowSchema(table, shape)), next: v.nullable(v.string()) })
}
