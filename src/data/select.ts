import type { Parameters } from './compile-condition.ts'
import { addPlan, type Context, read, run } from './context.ts'
import type { Connection, MaybePromise, Result } from './driver.ts'
import { chain } from './maybe-promise.ts'
import { type Model, toRow } from './model.ts'
import type { Plan } from './plan.ts'

export type AnyRow = Record<string, unknown>

/** The plan that reads all columns of the rows that `tail` (WHERE, ORDER BY, LIMIT) means. */
export function selectPlan(context: Context, model: Model, tail: string): Plan {
  return planOf(context, model, { key: model.name + tail, tail, single: false })
}

/** The same where `tail` means one row at the most. */
export function selectOnePlan(context: Context, model: Model, tail: string): Plan {
  return planOf(context, model, { key: `${model.name} 1${tail}`, tail, single: true })
}

function planOf(
  { engine }: Context,
  model: Model,
  { key, tail, single }: { key: string; tail: string; single: boolean },
): Plan {
  return (
    engine.plans.get(key) ??
    addPlan(engine, key, {
      verb: 'select',
      model,
      returns: true,
      single,
      sql: `SELECT ${model.columnList} FROM ${model.sql}${tail}`,
    })
  )
}

export function firstRow(model: Model, { rows }: Result): AnyRow | null {
  const [row] = rows
  return row ? toRow(model, row) : null
}

/** Counts the rows that `tail` means. */
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

/** Tests whether a row meets a condition, inside a transaction. */
export function exists(
  context: Context,
  connection: Connection,
  { model, where, parameters }: { model: Model; where: string; parameters: Parameters },
): MaybePromise<boolean> {
  const plan = existsPlan(context, model, where)
  const result = run(context, connection, { plan, params: parameters.values })
  return chain(result, ({ rows }) => rows.length > 0)
}

function existsPlan({ engine }: Context, model: Model, where: string): Plan {
  const sql = `SELECT 1 FROM ${model.sql}${where} LIMIT 1`
  return (
    engine.plans.get(sql) ?? addPlan(engine, sql, { verb: 'select', model, returns: true, sql })
  )
}
