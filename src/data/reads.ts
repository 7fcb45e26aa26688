import { Parameters } from './compile-condition.ts'
import { begin, type Context, read } from './context.ts'
import type { MaybePromise } from './driver.ts'
import type { FirstQuery } from './handle.ts'
import { chain } from './maybe-promise.ts'
import { orderSql, readOrder } from './order.ts'
import { checkQuery } from './query.ts'
import { allowed } from './rules.ts'
import { type AnyRow, countRows, firstRow, selectOnePlan } from './select.ts'
import type { AnyTable } from './table.ts'
import { isPossibleKey, optionalWhere, sqlOf, whereOf } from './where.ts'

export function get(context: Context, table: AnyTable, id: string): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  const rule = allowed(model, 'read', context.subject)
  if (!isPossibleKey(model, id) || rule === false) return null
  const parameters = new Parameters(context.engine.driver.dialect)
  let tail = ` WHERE ${model.key.sql} = ${parameters.bind(id)}`
  if (rule !== true) tail += ` AND ${sqlOf(context, rule, parameters)}`
  const result = read(context, selectOnePlan(context, model, tail), parameters.values)
  return result instanceof Promise
    ? result.then((late) => firstRow(model, late))
    : firstRow(model, result)
}

export function first(
  context: Context,
  table: AnyTable,
  query: FirstQuery<AnyTable> = {},
): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  checkQuery('first()', query, ['where', 'orderBy'])
  const where = optionalWhere(model, query.where)
  const order = orderSql(readOrder(model, query.orderBy))
  const rule = allowed(model, 'read', context.subject)
  if (rule === false) return null
  const parameters = new Parameters(context.engine.driver.dialect)
  const tail = whereOf([sqlOf(context, where, parameters), sqlOf(context, rule, parameters)])
  const plan = selectOnePlan(context, model, `${tail} ORDER BY ${order} LIMIT 1`)
  return chain(read(context, plan, parameters.values), (result) => firstRow(model, result))
}

export function count(context: Context, table: AnyTable, filter?: unknown): MaybePromise<number> {
  const model = begin(context, table)
  const where = optionalWhere(model, filter)
  const rule = allowed(model, 'read', context.subject)
  if (rule === false) return 0
  const parameters = new Parameters(context.engine.driver.dialect)
  const tail = whereOf([sqlOf(context, where, parameters), sqlOf(context, rule, parameters)])
  return countRows(context, model, { tail, parameters })
}
