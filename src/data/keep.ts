import { misuse } from '../kernel/index.ts'
import { deleteIn, modelOf, readIn, SYSTEM } from './context.ts'
import { inTransaction } from './gather.ts'
import type { Handle } from './handle.ts'
import { toRow } from './model.ts'
import type { AnyTable, Row } from './table.ts'
import { hasKey, optionalWhere } from './where.ts'

/**
 * Reads a row and locks it until the end of the transaction, where the database knows such locks; where
 * it does not, nobody else writes meanwhile. For whoever keeps a table of the system: `tx` is its handle.
 */
export async function lockRow<T extends AnyTable>(
  tx: Handle,
  table: T,
  id: string,
): Promise<Row<T> | null> {
  const context = ofSystem(tx, 'lockRow()')
  const model = modelOf(context.engine, table)
  const query = {
    type: 'select',
    model,
    fields: model.fields,
    where: hasKey(model, id),
    single: true,
    lock: true,
  } as const
  const [row] = await readIn(context, context.transaction.store, query)
  // The fields are all columns of the table, whose row this is.
  return row ? (toRow(model.fields, row) as Row<T>) : null
}

/** Removes rows of a table that is `appendOnly`, for whoever keeps it; answers how many there were. */
export async function prune(tx: Handle, table: AnyTable, where: object): Promise<number> {
  const context = ofSystem(tx, 'prune()')
  const model = modelOf(context.engine, table)
  const condition = optionalWhere(model, where, SYSTEM)
  const query = { model, where: condition, single: false }
  return deleteIn(context, context.transaction.store, query)
}

function ofSystem(tx: Handle, place: string): ReturnType<typeof inTransaction> {
  const context = inTransaction(tx, place)
  if (context.subject === SYSTEM) return context
  throw misuse(place, 'the handle is guarded by policies; expected tx.system')
}
