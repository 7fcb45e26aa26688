import { misuse } from '../kernel/index.ts'
import { contextOf } from './bound-handle.ts'
import { assertUsable, type Context, modelOf, type OpenTransaction, SYSTEM } from './context.ts'
import type { Model } from './model.ts'
import { observed, type SpanName } from './observed.ts'
import type { RawSql } from './store.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise } from './value.ts'

/** A statement as somebody else wrote it. */
export interface OutsideStatement {
  readonly sql: string
  readonly params: readonly unknown[]
  /** What its span is told to be: `select`, `insert`, or `sql` where that is not known. */
  readonly operation: string
  /** The one table that it is about, where there is one. */
  readonly table: string | undefined
}

export type OutsideResult = Awaited<ReturnType<RawSql['run']>>

/** The transaction of a handle, for statements that no policy looks at. */
export interface OutsideTransaction {
  readonly dialect: RawSql['dialect']
  modelOf(table: AnyTable): Model
  run(statement: OutsideStatement): Promise<OutsideResult>
}

/**
 * Finds the transaction behind `handle`. Throws `misuse` unless that is the system's handle inside a
 * transaction that is running on a store that speaks SQL. `place` names the caller's function.
 */
export function outsidePolicies(handle: unknown, place: string): OutsideTransaction {
  const context = contextOf(handle)
  if (!context) {
    throw misuse(place, `expected the handle tx.system of a transaction, got ${typeof handle}`)
  }
  const { engine, subject, transaction } = context
  if (subject !== SYSTEM) {
    throw misuse(
      place,
      'the handle is guarded by policies, which it cannot keep; expected tx.system',
    )
  }
  if (!transaction) {
    throw misuse(
      place,
      'the handle is not inside a transaction; expected the tx.system that db.system.transaction() gives',
    )
  }
  assertUsable(context)
  const { sql } = transaction.store
  if (!sql) throw misuse(place, `${engine.store.name} does not take SQL`)
  return {
    dialect: sql.dialect,
    modelOf: (table) => modelOf(engine, table),
    run: (statement) => run({ ...context, transaction }, sql, statement),
  }
}

async function run(
  context: Context & { readonly transaction: OpenTransaction },
  raw: RawSql,
  statement: OutsideStatement,
): Promise<OutsideResult> {
  const { engine, scope, transaction } = context
  assertUsable(context)
  while (transaction.pending) await transaction.pending
  const work = (): MaybePromise<OutsideResult> => raw.run(statement.sql, statement.params)
  const { signals, store } = engine
  if (!signals.spans) return work()
  const span = spanOf(statement, store.name)
  return observed({ signals, scope, span: () => span, batch: 1 }, work)
}

/** Without its text, in which another hand may have written values. */
function spanOf({ operation, table }: OutsideStatement, system: string): SpanName {
  const name = table === undefined ? operation : `${operation} ${table}`
  return {
    name,
    attributes: {
      'db.system.name': system,
      'db.operation.name': operation,
      'db.collection.name': table,
      'db.query.summary': name,
    },
  }
}
