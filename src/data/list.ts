import { Parameters } from './compile-condition.ts'
import { begin, type Context, read } from './context.ts'
import { type CursorOf, readCursor, writeCursor } from './cursor.ts'
import { cursorMac } from './cursor-key.ts'
import type { MaybePromise, StoredRow } from './driver.ts'
import type { ListQuery, Page } from './handle.ts'
import { afterRow } from './keyset.ts'
import { chain } from './maybe-promise.ts'
import { type Model, toRow } from './model.ts'
import { type OrderTerm, orderSql, readOrder } from './order.ts'
import { checkQuery, readLimit } from './query.ts'
import { allowed } from './rules.ts'
import { type AnyRow, selectPlan } from './select.ts'
import type { AnyTable } from './table.ts'
import { optionalWhere, sqlOf, whereOf } from './where.ts'

/** A list while it is being read. */
interface Listing {
  readonly context: Context
  readonly model: Model
  readonly terms: readonly OrderTerm[]
  readonly limit: number
  /** What its cursors are bound to. */
  readonly of: CursorOf
  readonly parameters: Parameters
}

/**
 * Reads one page. It begins behind the cursor's row and not after a number of rows, so that rows
 * which come and go meanwhile neither repeat nor skip another.
 */
export function list(
  context: Context,
  table: AnyTable,
  query: ListQuery<AnyTable> = {},
): MaybePromise<Page<AnyRow>> {
  const model = begin(context, table)
  checkQuery('list()', query, ['where', 'orderBy', 'limit', 'cursor'])
  const limit = readLimit(query.limit)
  const terms = readOrder(model, query.orderBy)
  const where = optionalWhere(model, query.where)
  const rule = allowed(model, 'read', context.subject)
  if (rule === false) return { items: [], next: null }
  const parameters = new Parameters(context.engine.driver.dialect)
  // The caller's own filter is written first: a cursor is bound to it, not to what a policy adds.
  const own = sqlOf(context, where, parameters)
  const params = [...parameters.values]
  const of = { context, table: model.name, where: own, params, order: orderSql(terms) }
  const listing = { context, model, terms, limit, of, parameters }
  const parts = [own, sqlOf(context, rule, parameters)]
  const { cursor } = query
  if (cursor === undefined) return readPage(listing, parts)
  return chain(cursorMac(context), (mac) =>
    chain(readCursor(mac, of, { cursor, terms }), (values) =>
      readPage(listing, [...parts, afterRow(terms, values, parameters)]),
    ),
  )
}

/** Reads one row more than the page holds, to know whether there is a next one. */
function readPage(listing: Listing, parts: readonly string[]): MaybePromise<Page<AnyRow>> {
  const { context, model, of, limit, parameters } = listing
  const tail = `${whereOf(parts)} ORDER BY ${of.order} LIMIT ${parameters.bind(limit + 1)}`
  const plan = selectPlan(context, model, tail)
  return chain(read(context, plan, parameters.values), ({ rows }) => {
    const page = rows.length > limit ? rows.slice(0, limit) : rows
    return chain(nextOf(listing, rows), (next) => ({
      items: page.map((row) => toRow(model, row)),
      next,
    }))
  })
}

function nextOf(
  { context, terms, limit, of }: Listing,
  rows: readonly StoredRow[],
): MaybePromise<string | null> {
  const row = rows[limit - 1]
  if (rows.length <= limit || !row) return null
  return chain(cursorMac(context), (mac) => writeCursor(mac, of, { row, terms }))
}
