import type { MaybePromise } from '../../value.ts'
import type { Isolation, Parameter, SqlResult, Statement } from './driver.ts'
import type { Commands } from './level.ts'

export interface BeginOptions {
  readonly isolation: Isolation
  readonly readOnly: boolean
  /** Milliseconds that the transaction may still take. */
  readonly timeout: number
}

/**
 * One connection to a database, as pools and transactions see it. Its commands run one after the
 * other, in the order of the calls, awaited or not. Errors leave it translated; one with the code
 * `busy` means that the database ended the transaction, or refused it a lock, for the sake of another.
 */
export interface Link extends Commands {
  /** False once the connection is lost: it can never be used again. */
  readonly alive: boolean
  /** How often it was answered: what did not change it has not begun on the server. */
  readonly answered: number
  run(statement: Statement, params: readonly Parameter[]): Promise<SqlResult>
  /** Begins a transaction. A link may send this along with the first statement. */
  begin(options: BeginOptions): MaybePromise<void>
  /**
   * Resolves when everything is stored for good. Fails with `indeterminate` when the answer was lost,
   * and with anything else only when nothing is stored.
   */
  commit(): Promise<void>
  rollback(): Promise<void>
  /**
   * Ends by force what runs, here and on the server, and the transaction. Nothing that was sent
   * before or is sent later is committed. Resolves, after a second at most, when the link is idle or dead.
   */
  abandon(): Promise<void>
  /** Looked at about once a second: gives itself up when an answer is overdue beyond all limits. */
  check(now: number): void
  /** Parts from the server. Nothing is running. */
  close(): Promise<void>
}
