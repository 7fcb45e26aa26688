import { misuse } from '../kernel/index.ts'
import { contextOf, createHandle } from './bound-handle.ts'
import { assertUsable, type Context, SYSTEM } from './context.ts'
import type { Handle } from './handle.ts'

/** Does in one go what a transaction has left to its end. */
export interface Gatherer<T> {
  /**
   * Given all that the transaction has gathered for this gatherer, in order and without what was rolled
   * back, last of all before its commit. `tx` is the system's handle. What it throws undoes the transaction.
   */
  finish(items: readonly T[], tx: Handle): Promise<void>
}

/**
 * Keeps `item` until the end of the transaction that `tx` belongs to, for `gatherer` to finish: locks that
 * many wait for are then held as briefly as can be. An item of a transaction that was undone, or is run
 * anew, is forgotten. Throws `misuse` outside of a transaction.
 *
 * ```ts
 * import { gather, type Gatherer, type Handle, id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const outbox = table('outbox', { id: id(), text: v.string() })
 * const sender: Gatherer<string> = {
 *   async finish(texts, tx) {
 *     await tx.createMany(outbox, texts.map((text) => ({ text })))
 *   },
 * }
 *
 * export async function order(db: Handle): Promise<void> {
 *   await db.transaction(async (tx) => gather(tx, sender, 'ordered'))
 * }
 * ```
 */
export function gather<T>(tx: Handle, gatherer: Gatherer<T>, item: T): void {
  const context = inTransaction(tx, 'gather()')
  const { engine, scope, transaction } = context
  transaction.store.gather({
    key: gatherer,
    item,
    finish: (items, store) => {
      const last = { engine, scope, subject: SYSTEM, transaction: { store, open: true } } as const
      // All of them were given to this function for this gatherer.
      return gatherer.finish(items as readonly T[], createHandle(last))
    },
  })
}

type Inside = Context & { readonly transaction: NonNullable<Context['transaction']> }

/** The context of a handle that is inside a transaction. */
export function inTransaction(handle: unknown, place: string): Inside {
  const context = contextOf(handle)
  if (!context) throw misuse(place, `expected the handle of a transaction, got ${typeof handle}`)
  const { transaction } = context
  if (!transaction) throw misuse(place, 'the handle is not inside a transaction')
  assertUsable(context)
  return { ...context, transaction }
}
