import type { TraceContext } from '../kernel/index.ts'
import { contextOf } from './bound-handle.ts'
import type { Handle } from './handle.ts'

/**
 * Says what a handle's work is traced as, for what follows from it later: the trace of its transaction or of
 * its scope; undefined where there is none, or what is given is no handle of a database.
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
  return contextOf(handle)?.scope?.trace
}
