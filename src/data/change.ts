import type { Actor, Scope } from '../kernel/index.ts'
import type { Handle } from './handle.ts'
import type { AnyTable, Written } from './table.ts'

/** What became of one row of a table that is declared with `audit`. */
export interface RowChange {
  readonly table: AnyTable
  readonly operation: Written
  /** The row's primary key. */
  readonly id: string
  /** The row as it was; of an update, the columns that changed. Null when it is new. */
  readonly before: Readonly<Record<string, unknown>> | null
  /** The row as it became; of an update, the columns that changed. Null when it is gone. */
  readonly after: Readonly<Record<string, unknown>> | null
  /** Who changed it: an actor, nobody who is signed in, or the system. */
  readonly by: Actor | null | 'system'
  /** The work that the change belongs to: of a request, the context of its handler. */
  readonly scope: Scope | undefined
}

/** Is told of changes. `tx` is the system's handle in the transaction. */
export type OnChange = (change: RowChange, tx: Handle) => void
