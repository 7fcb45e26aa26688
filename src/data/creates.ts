import { type Context, modelOf, write } from './context.ts'
import type { Connection, MaybePromise } from './driver.ts'
import { denied, missingReference } from './errors.ts'
import { holds } from './matches.ts'
import { chain, chainEach } from './maybe-promise.ts'
import { type Model, rowOf } from './model.ts'
import type { AnyRow } from './reads.ts'
import { checkReferences, runWrite } from './references.ts'
import { allowedWrite, type ModelCondition } from './rules.ts'
import type { AnyTable } from './table.ts'
import { type NewRow, readInsert, readInserts } from './values.ts'

export function create(context: Context, table: AnyTable, values: unknown): MaybePromise<AnyRow> {
  const model = modelOf(context, table)
  const rule = allowedWrite(model, 'create', context.subject)
  const row = readInsert(context, model, values)
  assertAllowed(model, rule, row)
  return write(context, (connection) =>
    chain(insert(context, connection, { model, row }), () => rowOf(model, row.values)),
  )
}

export function createMany(
  context: Context,
  table: AnyTable,
  values: unknown,
): MaybePromise<AnyRow[]> {
  const model = modelOf(context, table)
  const rule = allowedWrite(model, 'create', context.subject)
  const rows = readInserts(context, model, values)
  for (const row of rows) assertAllowed(model, rule, row)
  return write(context, (connection) => {
    const insertAll = (inner: Connection): MaybePromise<AnyRow[]> =>
      chain(
        chainEach(rows, (row) => insert(context, inner, { model, row })),
        () => rows.map((row) => rowOf(model, row.values)),
      )
    // A transaction of the caller's lives on when this fails half-way: only a savepoint undoes it.
    return context.transaction && rows.length > 1
      ? connection.savepoint(async (inner) => insertAll(inner))
      : insertAll(connection)
  })
}

/**
 * Decides the rule before the row is written: all that will be stored is known by then, and whoever
 * may not create a row does not learn whether its unique keys are taken.
 */
function assertAllowed(model: Model, rule: true | ModelCondition, { values }: NewRow): void {
  if (rule === true) return
  if (holds(rule, (column) => values[column.position] ?? null)) return
  throw denied('create', model.name)
}

function insert(
  context: Context,
  connection: Connection,
  { model, row }: { model: Model; row: NewRow },
): MaybePromise<void> {
  const statement = { plan: model.insert, params: row.values, fault: missingReference }
  return chain(checkReferences(context, connection, row.given), () =>
    chain(runWrite(context, connection, statement), () => {}),
  )
}
