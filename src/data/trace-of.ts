import { misuse, type TraceContext } from '../kernel/index.ts'
import { contextOf } from './bound-handle.ts'
import type { Handle } from './handle.ts'

/**
 * Says what a handle's work is traced as, for what follows from it later: the trace of its transaction or of
 * its scope; undefined where there is none.
 *
 * ```ts
 * import { type Handle, traceOf } from 'plinth/data'
 *
 * export function announce(tx: Handle): void {
 *   const trace = traceOf(tx)
 *   tx.afterCommit(() => console.log('committed', trace?.traceId))
 * }
 * ```
 */
export function traceOf(handle: Handle): TraceContext | undefined {
  const context = contextOf(handle)
  if (!context) throw misuse('traceOf()', `expected a handle, got ${typeof handle}`)
  return context.scope?.trace
}
