import { begin, type Context } from './context.ts'
import { type CursorOf, readCursor, writeCursor } from './cursor.ts'
import { cursorMac } from './cursor-key.ts'
import { invalidQuery } from './errors.ts'
import type { ListQuery, Page } from './list-query.ts'
import { chain } from './maybe-promise.ts'
import type { Model } from './model.ts'
import { readOrder, readTerms } from './order.ts'
import { type Portions, portionsOf, readPortion } from './portion.ts'
import type { OrderTerm, Select } from './query.ts'
import { checkQuery, readLimit } from './query-options.ts'
import type { AnyRow } from './reads.ts'
import { rulingOn } from './ruling.ts'
import { readShape, type Shape } from './shape.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise } from './value.ts'
import { optionalWhere, whereAllowed } from './where.ts'

/** A list while it is being read. */
interface Listing {
  readonly context: Context
  readonly select: Select
  readonly portions: Portions
  readonly limit: number
  /** What its cursors are bound to. */
  readonly of: CursorOf
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
  checkQuery('list()', query, [
    'where',
    'orderBy',
    'limit',
    'cursor',
    'select',
    'include',
    'distinct',
  ])
  const limit = readLimit(query.limit)
  const distinct = readDistinct(query)
  const shape = readShape(context, model, query)
  const terms = distinct
    ? distinctOrder(context, model, { query, shape })
    : readOrder(model, query.orderBy, context.subject)
  const where = optionalWhere(model, query.where, context.subject)
  const rule = rulingOn(context, model, 'read')
  if (rule === false) return { items: [], next: null }
  const portions = portionsOf(context, { model, shape, order: terms })
  const listing: Listing = {
    context,
    portions,
    limit,
    of: { context, table: model.name, where, terms },
    select: {
      type: 'select',
      model,
      fields: portions.shape.fields,
      where: whereAllowed(where, rule),
      order: terms,
      // One row more than the page holds tells whether there is a next one.
      limit: limit + 1,
      distinct,
      named: portions.named,
    },
  }
  const { cursor } = query
  if (cursor === undefined) return readPage(listing)
  return chain(cursorMac(context), (mac) =>
    chain(readCursor(mac, listing.of, cursor), (after) =>
      readPage({ ...listing, select: { ...listing.select, after } }),
    ),
  )
}

function readDistinct({ distinct, select, include }: ListQuery<AnyTable>): boolean {
  if (distinct === undefined || distinct === false) return false
  if (distinct !== true) throw invalidQuery('distinct', 'Expected true or false.')
  if (select === undefined)
    throw invalidQuery('distinct', 'Needs select: all rows differ by their key.')
  if (include !== undefined) throw invalidQuery('distinct', 'Cannot be joined with include.')
  return true
}

/** Rows that differ in what was selected, and in nothing else, are told apart by all of that. */
function distinctOrder(
  { subject }: Context,
  model: Model,
  { query, shape }: { query: ListQuery<AnyTable>; shape: Shape },
): readonly OrderTerm[] {
  const terms = readTerms(model, query.orderBy, subject)
  const selected = new Set(shape.fields.map(({ column }) => column.name))
  for (const { field } of terms) {
    const { name } = field.column
    if (!selected.has(name)) throw invalidQuery(`orderBy.${name}`, 'Is not among the selected.')
  }
  const ordered = new Set(terms.map(({ field }) => field.column.name))
  const rest = [...selected].filter((name) => !ordered.has(name))
  const others = Object.fromEntries(rest.map((name) => [name, 'asc']))
  return [...terms, ...readTerms(model, others, subject)]
}

function readPage({ context, select, portions, limit, of }: Listing): MaybePromise<Page<AnyRow>> {
  return chain(readPortion(context, portions, { select, size: limit }), ({ items, end }) => {
    if (!end) return { items, next: null }
    return chain(cursorMac(context), (mac) =>
      chain(writeCursor(mac, of, end), (next) => ({ items, next })),
    )
  })
}
