import { begin, type Context, read } from './context.ts'
import { includeRelated, joinsOf } from './include.ts'
import type { FirstQuery } from './list-query.ts'
import { chain } from './maybe-promise.ts'
import { type Model, type QueryCondition, toRow } from './model.ts'
import { readOrder } from './order.ts'
import type { Joined, Select } from './query.ts'
import { checkQuery } from './query-options.ts'
import { rulingOn } from './ruling.ts'
import { readShape, type Shape, type ShapeQuery } from './shape.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, StoredRow } from './value.ts'
import { hasKey, isPossibleKey, optionalWhere, whereAllowed } from './where.ts'

export type AnyRow = Record<string, unknown>

export function get(
  context: Context,
  table: AnyTable,
  { id, query }: { readonly id: unknown; readonly query?: ShapeQuery | undefined },
): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  if (query !== undefined) checkQuery('get()', query, ['select', 'include'])
  const shape = readShape(context, model, query ?? {})
  const rule = rulingOn(context, model, 'read')
  if (!isPossibleKey(model, id) || rule === false) return null
  const where = whereAllowed(hasKey(model, id), rule)
  const joined = joinsOf(context, shape)
  const select: Select = {
    type: 'select',
    model,
    fields: shape.fields,
    where,
    single: true,
    joined,
  }
  return chain(read(context, select), (rows) => firstRow(context, { shape, joined }, rows))
}

export function first(
  context: Context,
  table: AnyTable,
  query: FirstQuery<AnyTable> = {},
): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  checkQuery('first()', query, ['where', 'orderBy', 'select', 'include'])
  const shape = readShape(context, model, query)
  const where = optionalWhere(model, query.where, context.subject)
  const order = readOrder(model, query.orderBy, context.subject)
  const rule = rulingOn(context, model, 'read')
  if (rule === false) return null
  // A masked order has a query of its own around it.
  const joined = order.some(({ field }) => field.mask) ? undefined : joinsOf(context, shape)
  const select: Select = {
    type: 'select',
    model,
    fields: shape.fields,
    where: whereAllowed(where, rule),
    order,
    limit: 1,
    single: true,
    joined,
  }
  return chain(read(context, select), (rows) => firstRow(context, { shape, joined }, rows))
}

export function exists(context: Context, table: AnyTable, filter: unknown): MaybePromise<boolean> {
  const model = begin(context, table)
  const where = optionalWhere(model, filter, context.subject)
  const rule = rulingOn(context, model, 'read')
  if (rule === false) return false
  const select = anyRow(model, whereAllowed(where, rule))
  return chain(read(context, select), (rows) => rows.length > 0)
}

export function count(context: Context, table: AnyTable, filter?: unknown): MaybePromise<number> {
  const model = begin(context, table)
  const where = optionalWhere(model, filter, context.subject)
  const rule = rulingOn(context, model, 'read')
  if (rule === false) return 0
  return countRows(context, model, whereAllowed(where, rule))
}

export function countRows(
  context: Context,
  model: Model,
  where: QueryCondition | undefined,
): MaybePromise<number> {
  const values = [{ name: 'count', field: undefined }] as const
  const query = { type: 'aggregate', model, where, groups: [], values } as const
  return chain(read(context, query), ([row]) => Number(row?.[0]))
}

/** Reads nothing of one row that is meant: whether there is one. */
export function anyRow(model: Model, where: QueryCondition | undefined): Select {
  return { type: 'select', model, fields: [], where, limit: 1, single: true }
}

function firstRow(
  context: Context,
  { shape, joined }: { readonly shape: Shape; readonly joined: readonly Joined[] | undefined },
  rows: readonly StoredRow[],
): MaybePromise<AnyRow | null> {
  const [row] = rows
  if (row === undefined) return null
  if (shape.inclusions.length === 0) return toRow(shape.fields, row)
  return chain(includeRelated(context, shape, [row], joined), (related) => related[0] as AnyRow)
}
