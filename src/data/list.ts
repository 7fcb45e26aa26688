import { begin, type Context, read, readNamed, readsNamed } from './context.ts'
import { type CursorOf, readCursor, writeCursor } from './cursor.ts'
import { cursorMac } from './cursor-key.ts'
import { invalidQuery } from './errors.ts'
import { includeRelated } from './include.ts'
import type { ListQuery, Page } from './list-query.ts'
import { chain } from './maybe-promise.ts'
import { decodeRows, type Field, type Model } from './model.ts'
import { readOrder, readTerms } from './order.ts'
import type { OrderTerm, Select } from './query.ts'
import { checkQuery, readLimit } from './query-options.ts'
import type { AnyRow } from './reads.ts'
import { allowed } from './rules.ts'
import { readShape, type Shape } from './shape.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, NamedRow, StoredRow, StoredValue } from './value.ts'
import { optionalWhere, whereAllowed } from './where.ts'

/** A list while it is being read. */
interface Listing {
  readonly context: Context
  readonly select: Select
  readonly shape: Shape
  /** Where the columns of the order stand in what is read. */
  readonly places: readonly number[]
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
  const rule = allowed(model, 'read', context.subject)
  if (rule === false) return { items: [], next: null }
  const { fields, places } = withTerms(shape.fields, terms)
  const listing: Listing = {
    context,
    shape: fields === shape.fields ? shape : { ...shape, fields },
    places,
    limit,
    of: { context, table: model.name, where, terms },
    select: {
      type: 'select',
      model,
      fields,
      where: whereAllowed(where, rule),
      order: terms,
      // One row more than the page holds tells whether there is a next one.
      limit: limit + 1,
      distinct,
      named: fields === model.fields && shape.inclusions.length === 0 && readsNamed(context),
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

/** The order's columns are read even where they are not asked for: the cursor is made of them. */
export function withTerms(
  fields: readonly Field[],
  terms: readonly OrderTerm[],
): { fields: readonly Field[]; places: readonly number[] } {
  let all: Field[] | undefined
  const places = terms.map(({ field }) => {
    const at = (all ?? fields).findIndex(({ column }) => column === field.column)
    if (at >= 0) return at
    all ??= [...fields]
    return all.push(field) - 1
  })
  return { fields: all ?? fields, places }
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

function readPage(listing: Listing): MaybePromise<Page<AnyRow>> {
  const { context, select, shape, limit } = listing
  if (select.named) return chain(readNamed(context, select), (rows) => namedPage(listing, rows))
  return chain(read(context, select), (rows) => {
    const page = rows.length > limit ? rows.slice(0, limit) : rows
    return chain(includeRelated(context, shape, page), (items) =>
      chain(nextOf(listing, rows), (next) => ({ items, next })),
    )
  })
}

/** A page of rows that are objects already. */
function namedPage(listing: Listing, rows: NamedRow[]): MaybePromise<Page<AnyRow>> {
  const { select, limit, of } = listing
  const last = rows.length > limit ? rows[limit - 1] : undefined
  // As stored: before anything in the row is decoded.
  const values = last && of.terms.map(({ field }) => last[field.column.name] ?? null)
  if (last) rows.length = limit
  const items = decodeRows(select.model, rows)
  return values
    ? chain(cursorAfter(listing, values), (next) => ({ items, next }))
    : { items, next: null }
}

function nextOf(listing: Listing, rows: readonly StoredRow[]): MaybePromise<string | null> {
  const { places, limit } = listing
  const row = rows[limit - 1]
  if (rows.length <= limit || !row) return null
  return cursorAfter(
    listing,
    places.map((at) => row[at] ?? null),
  )
}

function cursorAfter(
  { context, of }: Listing,
  values: readonly StoredValue[],
): MaybePromise<string> {
  return chain(cursorMac(context), (mac) => writeCursor(mac, of, values))
}
