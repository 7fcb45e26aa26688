import { type Guard, isGuard, loopback, type Operation } from '../../http/index.ts'
import { type Actor, assertKnown, misuse } from '../../kernel/index.ts'
import type { MonitorPart, MonitorPorts, OpenMonitorPart } from '../part.ts'
import { pageOperations } from './page-operations.ts'
import { createShow } from './shown.ts'
import { createStore, type Store, type StoreOptions } from './store/store.ts'
import { auditView } from './views/audit.ts'
import { errorsViews } from './views/errors.ts'
import { eventsView } from './views/events.ts'
import { healthView } from './views/health.ts'
import { queriesView } from './views/queries.ts'
import { requestsView } from './views/requests.ts'
import { routesViews } from './views/routes.ts'
import { stateView } from './views/state.ts'
import { tablesView } from './views/tables.ts'
import { traceView } from './views/trace.ts'
import type { Answering } from './views/view.ts'
import type { ViewName } from './wire.ts'

export interface DashboardOptions {
  /**
   * Who may see it: it shows requests, SQL, errors and who signed in. Default: in development callers
   * on the same machine, else nobody: it is not served then.
   */
  readonly guard?: Guard<Actor | null>
  /**
   * What is kept of the recent past, in memory; false keeps nothing, and leaves health, table sizes and
   * audit. Default: 20,000 spans and 5,000 lines of the log in 16 MiB, and 100 routes.
   */
  readonly store?: StoreOptions | false
}

/**
 * Shows what happens in this process, at `/dashboard`: requests as they come, routes with their rates
 * and percentiles, traces with their SQL, slow and repeated queries, errors, sign-ins and denials,
 * audit, health and table sizes. Secrets are taken out of all of it.
 *
 * What it shows of the past it keeps in memory, within fixed bounds; nothing outlives the process.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { permission } from 'plinth/http'
 * import { dashboard } from 'plinth/monitor/dashboard'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: { parts: [dashboard({ guard: permission('monitor:read') })] },
 * })
 * ```
 */
export function dashboard(options: DashboardOptions = {}): MonitorPart {
  checkOptions(options)
  return {
    kind: 'monitor-part',
    name: 'dashboard',
    open: (ports) => openDashboard(options, ports),
  }
}

function openDashboard(options: DashboardOptions, ports: MonitorPorts): OpenMonitorPart {
  const guard = options.guard ?? (ports.development ? loopback : undefined)
  if (!guard) return { closed: '/dashboard (dashboard({ guard }))' }
  const { clock, redactor } = ports
  const store = options.store === false ? undefined : createStore(options.store ?? {}, ports)
  const answering = {
    guard,
    server: crypto.randomUUID(),
    show: createShow(redactor),
    now: () => clock.now(),
  }
  return {
    ...(store && { listener: store.listener, wantsAll: true }),
    operations: operationsOf(answering, ports, store),
  }
}

function operationsOf(
  answering: Answering,
  ports: MonitorPorts,
  store: Store | undefined,
): Record<string, Operation> {
  const { tables, audit, development } = ports
  const views: readonly ViewName[] = [
    ...(store ? (['requests', 'routes', 'traces', 'queries', 'errors', 'sign-ins'] as const) : []),
    ...(audit ? (['audit'] as const) : []),
    'health',
    ...(tables ? (['tables'] as const) : []),
  ]
  return {
    ...pageOperations(answering.guard),
    dashboardState: stateView(answering, { views, development, store }),
    ...(store && {
      dashboardRequests: requestsView(answering, store),
      ...routesViews(answering, store),
      dashboardTrace: traceView(answering, store),
      dashboardQueries: queriesView(answering, store),
      ...errorsViews(answering, store),
      dashboardSignIns: eventsView(answering, store),
    }),
    ...(audit && { dashboardAudit: auditView(answering, audit) }),
    dashboardHealth: healthView(answering, ports),
    ...(tables && { dashboardTables: tablesView(answering, tables) }),
  }
}

function checkOptions(options: DashboardOptions): void {
  assertKnown('dashboard()', options, ['guard', 'store'])
  const { guard, store } = options
  if (guard !== undefined && !isGuard(guard)) {
    throw misuse(
      'dashboard({ guard })',
      `expected a guard, such as permission('monitor:read'); got ${typeof guard}`,
    )
  }
  if (!store) return
  assertKnown('dashboard({ store })', store, ['spans', 'logs', 'bytes', 'routes'])
  for (const [name, value] of Object.entries(store)) {
    if (Number.isSafeInteger(value) && value > 0 && value <= 2 ** 31) continue
    throw misuse(
      `dashboard({ store: { ${name} } })`,
      `expected a whole number above 0, got ${value}`,
    )
  }
}
