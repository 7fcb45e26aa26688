import type { AnyTable, Database } from '../data/index.ts'
import type { Authenticate, OperationTree } from '../http/index.ts'
import { type Clock, createSignals, type Signals, systemClock } from '../kernel/index.ts'
import type { Auth } from './auth.ts'
import { createReport } from './events.ts'
import type { FactorServices } from './factor.ts'
import { createLimiter } from './limits/limiter.ts'
import { createAuthenticate } from './session/authenticate.ts'
import { sessionOperations } from './session/session-operations.ts'
import { createSweep } from './sweep.ts'

/** What auth works with. */
export interface AuthPorts {
  /** Holds the tables of the description. */
  readonly database: Database
  /** Default: nobody listens. */
  readonly signals?: Signals
  /** Default: the machine's. */
  readonly clock?: Clock
}

/** Auth at work. */
export interface OpenAuth<Operations extends OperationTree = OperationTree> {
  readonly tables: readonly AnyTable[]
  /** To be mounted beside a team's own, under the name `auth`. */
  readonly operations: Operations
  /** For `createApp` and `mount`: finds out who sends a request. */
  readonly authenticate: Authenticate
  /** The name of the session's cookie, for the API's description. */
  readonly cookie: string
}

/**
 * Puts a description to work on an open database.
 *
 * ```ts
 * import { auth, openAuth, password } from 'plinth/auth'
 * import { type DataSource, open } from 'plinth/data'
 * import { type App, createApp } from 'plinth/http'
 *
 * const accounts = auth({ factors: [password()] })
 *
 * export async function start(source: DataSource): Promise<App> {
 *   const database = await open(source, { tables: accounts.tables })
 *   const { operations, authenticate } = openAuth(accounts, { database })
 *   return createApp({ operations: { auth: operations }, authenticate })
 * }
 * ```
 */
export function openAuth<Operations extends OperationTree>(
  description: Auth<Operations>,
  ports: AuthPorts,
): OpenAuth<Operations> {
  const { database, signals = createSignals(), clock = systemClock } = ports
  const { tables, factors, limits, session, permissionsOf } = description
  const report = createReport(signals)
  const limiter = createLimiter({
    database,
    clock,
    limits,
    onCounted: createSweep({ database, clock, signals }),
    onLimited: ({ address }, reason, scope) => report('auth.limited', { address, reason }, scope),
  })
  const services: FactorServices = { database, signals, clock, limiter, session, report }
  const made = factors.map((factor) => factor.open(services))
  const operations = Object.assign({}, sessionOperations(services), ...made)
  return {
    tables,
    // The description is typed by the same factors whose operations were just made.
    operations: operations as Operations,
    authenticate: createAuthenticate({ database, signals, clock, session, permissionsOf }),
    cookie: session.cookie,
  }
}
