import type { AnyTable, Database } from '../data/index.ts'
import type { OperationTree } from '../http/index.ts'
import type { Clock, Signals } from '../kernel/index.ts'
import type { Report } from './events.ts'
import type { Limiter } from './limits/limiter.ts'
import type { SessionSettings } from './session/session-settings.ts'

/** What a factor is given when auth is opened. */
export interface FactorServices {
  readonly database: Database
  readonly signals: Signals
  readonly clock: Clock
  readonly limiter: Limiter
  readonly session: SessionSettings
  readonly report: Report
}

/**
 * A way to prove who one is, as a value: `password()` makes one. It brings its own tables and
 * operations, so a factor that is not passed costs neither.
 */
export interface Factor<Operations extends OperationTree = OperationTree> {
  readonly kind: 'factor'
  readonly name: string
  readonly tables: readonly AnyTable[]
  /** Makes its operations, which are mounted among those of sessions. */
  open(services: FactorServices): Operations
}
