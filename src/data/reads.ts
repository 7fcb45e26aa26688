import { misuse } from '../kernel/index.ts'
import { compileCondition, NEVER, Parameters } from './compile-condition.ts'
import { addPlan, begin, type Context, read } from './context.ts'
import type { MaybePromise, Result } from './driver.ts'
import type { FirstQuery } from './handle.ts'
import { chain } from './maybe-promise.ts'
import { type Model, toRow } from './model.ts'
import { orderSql, readOrder } from './order.ts'
import type { Plan } from './plan.ts'
import { checkQuery } from './query.ts'
import { type Allowed, allowed, readWhere } from './rules.ts'
import { isStorableText } from './stored.ts'
import type { AnyTable } from './table.ts'

export type AnyRow = Record<string, unknown>

export function get(context: Context, table: AnyTable, id: string): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  const rule = allowed(model, 'read', context.subject)
  if (!isPossibleKey(model, id) || rule === false) return null
  const parameters = new Parameters(context.engine.driver.dialect)
  let tail = ` WHERE ${model.key.sql} = ${parameters.bind(id)}`
  if (rule !== true) tail += ` AND ${sqlOf(context, rule, parameters)}`
  const result = read(context, selectPlan(context, model, tail), parameters.values)
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
  const plan = selectPlan(context, model, `${tail} ORDER BY ${order} LIMIT 1`)
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

export function countRows(
  context: Context,
  model: Model,
  { tail, parameters }: { tail: string; parameters: Parameters },
): MaybePromise<number> {
  const { engine } = context
  const sql = `SELECT count(*) AS "count" FROM ${model.sql}${tail}`
  const plan =
    engine.plans.get(sql) ?? addPlan(engine, sql, { verb: 'select', model, returns: true, sql })
  return chain(read(context, plan, parameters.values), ({ rows }) => Number(rows[0]?.['count']))
}

export function selectPlan({ engine }: Context, model: Model, tail: string): Plan {
  const key = model.name + tail
  return (
    engine.plans.get(key) ??
    addPlan(engine, key, {
      verb: 'select',
      model,
      returns: true,
      sql: `SELECT ${model.columnList} FROM ${model.sql}${tail}`,
    })
  )
}

/** Reads the filter of a caller who need not give one. */
export function optionalWhere(model: Model, where: unknown): Allowed {
  return where === undefined ? true : readWhere(model, where)
}

/** Writes a condition as SQL; empty where all rows are meant. */
export function sqlOf(context: Context, condition: Allowed, parameters: Parameters): string {
  if (typeof condition === 'boolean') return condition ? '' : NEVER
  return compileCondition(condition, { dialect: context.engine.driver.dialect, parameters })
}

/** The WHERE of all the parts that are not empty. */
export function whereOf(parts: readonly string[]): string {
  let sql = ''
  for (const part of parts) if (part) sql += (sql ? ' AND ' : ' WHERE ') + part
  return sql
}

/** No row has a key that cannot be stored: nothing is found, as for any other unknown id. */
export function isPossibleKey(model: Model, id: unknown): id is string {
  if (typeof id === 'string') return isStorableText(id)
  throw misuse(
    `table("${model.name}")`,
    `expected an id, a string; got ${id === null ? null : typeof id}`,
  )
}

export function firstRow(model: Model, { rows }: Result): AnyRow | null {
  const [row] = rows
  return row ? toRow(model, row) : null
}
