import { Parameters } from './compile-condition.ts'
import { addPlan, begin, type Context, run, write } from './context.ts'
import type { MaybePromise } from './driver.ts'
import { stillReferred } from './errors.ts'
import { chain } from './maybe-promise.ts'
import type { Plan } from './plan.ts'
import { translated } from './references.ts'
import type { AnyTable } from './table.ts'
import { type Target, targetOf, targetSql } from './targets.ts'

export function deleteOne(
  context: Context,
  table: AnyTable,
  { id, where }: { id: string; where: unknown },
): MaybePromise<boolean> {
  const target = targetOf(context, begin(context, table), { operation: 'delete', id, where })
  return chain(deleteTarget(context, target), (deleted) => deleted > 0)
}

export function deleteMany(
  context: Context,
  table: AnyTable,
  where: unknown,
): MaybePromise<number> {
  const model = begin(context, table)
  return deleteTarget(context, targetOf(context, model, { operation: 'delete', where }))
}

function deleteTarget(context: Context, target: Target | undefined): MaybePromise<number> {
  if (!target) return 0
  const parameters = new Parameters(context.engine.driver.dialect)
  const sql = `DELETE FROM ${target.model.sql}${targetSql(context, target, parameters)}`
  const plan = deletePlan(context, target, sql)
  const statement = { plan, params: parameters.values }
  return write(context, (connection) =>
    chain(
      translated(() => run(context, connection, statement), stillReferred),
      ({ changes }) => changes,
    ),
  )
}

function deletePlan({ engine }: Context, { model }: Target, sql: string): Plan {
  const found = engine.plans.get(sql)
  return found ?? addPlan(engine, sql, { verb: 'delete', model, returns: false, sql })
}
