import type { Clock, Signals } from '../kernel/index.ts'
import type { OnChange } from './change.ts'
import type { AnyTable } from './table.ts'

export interface OpenOptions {
  /** Tables of other modules, beside those of the source. */
  readonly tables?: readonly AnyTable[]
  readonly signals?: Signals
  readonly clock?: Clock
  /**
   * Told of every change of the rows of tables that are declared with `audit`, in the transaction that makes
   * it: once for each row, when it is written, and also of rows that go along with one that they refer to.
   * It does nothing that waits: `gather` keeps what it learnt for the end of the transaction. Default:
   * nobody is told, and nothing is spent on it.
   */
  readonly onChange?: OnChange
}
