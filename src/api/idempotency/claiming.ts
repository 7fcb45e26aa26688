import type { Context } from '../../http/index.ts'
import { PlinthError, type Scope } from '../../kernel/index.ts'
import { inFlight } from './in-flight.ts'

/** The waiting for a record that another process is writing. */
export interface Claiming {
  /** The request's scope, that ends as well when the record was waited for too long. */
  readonly scope: Scope
  /** Makes the record, within the time there is for it. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** Throws what a transaction failed with, or that its record could not be had. */
  explain(error: unknown): never
}

/**
 * Bounds how long a database may keep a request waiting for its record. Where transactions run side by
 * side, one that makes the same record waits until the other has ended: that is how a request learns of
 * its twin in another process, and nothing of it is left when that process dies.
 */
export function createClaiming(context: Context, wait: number): Claiming {
  const controller = new AbortController()
  let pending = false
  let late = false
  const follow = () => controller.abort(context.signal.reason)
  if (context.signal.aborted) follow()
  else context.signal.addEventListener('abort', follow, { once: true })
  return {
    scope: { trace: context.trace, signal: controller.signal },
    async during(work) {
      pending = true
      const timer = setTimeout(() => {
        late = true
        controller.abort()
      }, wait)
      try {
        return await work()
      } finally {
        clearTimeout(timer)
        pending = late
      }
    },
    explain(error) {
      const code = error instanceof PlinthError ? error.code : undefined
      if (late || (pending && code === 'transaction_timeout')) throw inFlight(error)
      throw error
    },
  }
}
