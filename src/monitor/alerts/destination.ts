import type { AlertNotice } from './notice.ts'

/** Where notices go, made by `webhook` or `mail`; or your own. */
export interface AlertDestination {
  /** What it is called in the log, which tells no addresses. */
  readonly name: string
  /**
   * Delivers a notice; rejects when that failed and may be tried again, with an `UndeliverableError` when
   * it is not to be. `signal` ends it when it takes too long and when the server closes.
   */
  send(notice: AlertNotice, signal: AbortSignal): Promise<void>
}

/** A delivery that would fail the next time as well. */
export class UndeliverableError extends Error {
  override readonly name = 'UndeliverableError'
}
