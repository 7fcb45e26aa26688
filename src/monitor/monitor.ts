import * as v from 'valibot'
import {
  anyone,
  content,
  defineOperation,
  type Guard,
  isGuard,
  loopback,
  type Operation,
} from '../http/index.ts'
import {
  type Actor,
  assertKnown,
  type Clock,
  isDevelopment,
  type Mark,
  type Measurement,
  misuse,
  type Signals,
  systemClock,
} from '../kernel/index.ts'
import { type Conventions, namesOf } from './conventions.ts'
import { assertReady, type Check, createReadiness, draining } from './health.ts'
import { type Hooks, openHooks } from './hooks.ts'
import { createLogs, type LogOptions } from './logs.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { AuditSearch, MonitorPart, QueryPlanner, TableSize } from './part.ts'
import { expositionFor, OPEN_METRICS, TEXT, toPrometheus } from './prometheus.ts'
import { createRedactor, type RedactOptions } from './redact.ts'
import { openRuntimeGauges } from './runtime-gauges.ts'
import { createSampler, listenersBehind, type SamplingOptions } from './sampling.ts'

export interface MetricsOptions {
  /** Who may read them at `/metrics`. */
  readonly guard: Guard<Actor | null>
}

export interface MonitorOptions {
  /** Structured logs. Default: on, at level info, to standard output; false switches them off. */
  readonly logs?: LogOptions | false
  /** Metrics at `/metrics`. Default: shown in development to callers on the same machine, else to nobody. */
  readonly metrics?: MetricsOptions | false
  /** What else listens, such as `[otlp()]`. Default: nothing. */
  readonly parts?: readonly MonitorPart[]
  /** Which traces go to `parts`. Default: all. */
  readonly sampling?: SamplingOptions
  /** A team's own code that is told of what happens. */
  readonly hooks?: Hooks
  /**
   * Which names of OpenTelemetry's conventions are used. `development` also uses those that may still change,
   * such as `user.id` and `db.client.connection.count`. Default `stable`: such things have names of
   * Plinth's own, as `plinth.user.id`.
   */
  readonly conventions?: Conventions
  /** What is taken out of everything that is written, sent and kept. Default: secrets and personal data. */
  readonly redact?: RedactOptions
  /**
   * What `/ready` asks, by name: functions that throw or give `false` when something is not fit for use,
   * or `{ check, timeout, cache }`. `backend()` adds the database.
   */
  readonly checks?: Readonly<Record<string, Check>>
}

/** What monitoring shares with the rest of a back end. */
export interface OpenMonitorOptions {
  readonly signals: Signals
  readonly clock?: Clock
  /** Whether this runs on a developer's own machine. Default: whether `NODE_ENV` is `development`. */
  readonly development?: boolean
  /** Figures that are read whenever metrics are. `backend()` gives those of the database. */
  readonly gauges?: () => readonly Measurement[]
  /** The names of fields and columns that are marked. `backend()` finds them. */
  readonly marks?: ReadonlyMap<string, Mark>
  /** The tables of the database, for whoever shows how large they are. */
  readonly tables?: readonly TableSize[]
  /** Begins to tell how the database would run statements. */
  readonly queryPlanner?: () => QueryPlanner | undefined
  /** Searches the audit log, where there is one. */
  readonly audit?: AuditSearch
}

/** Monitoring at work. */
export interface Monitor {
  /** `/health`, `/ready` and, unless switched off, `/metrics`. */
  readonly operations: Readonly<Record<string, Operation>>
  /** Says at `/ready` that this server is about to close, whatever the checks say. */
  drain(): void
  /** Sends and writes out what is waiting; for workers, which end without notice. */
  flush(): Promise<void>
  /** The same, and stops listening. */
  close(): Promise<void>
}

/**
 * Listens to signals: keeps metrics, writes logs, calls hooks, and gives the operations that show
 * them. `/health` answers as long as the process does; `/ready` asks every check.
 *
 * ```ts
 * import { createApp } from 'plinth/http'
 * import { createSignals } from 'plinth/kernel'
 * import { openMonitor } from 'plinth/monitor'
 *
 * const signals = createSignals()
 * const monitor = openMonitor({
 *   signals,
 *   hooks: { request: ({ route, duration }) => console.log(route, duration) },
 * })
 * export const app = createApp({ operations: monitor.operations, signals })
 * ```
 */
export function openMonitor(options: MonitorOptions & OpenMonitorOptions): Monitor {
  checkOptions(options)
  const { signals, clock = systemClock, checks = {}, hooks, parts = [] } = options
  const { development = isDevelopment(), marks, tables, audit, gauges, queryPlanner } = options
  const { renameLogs, rename } = namesOf(options.conventions)
  const redactor = renameLogs(createRedactor({ ...options.redact, ...(marks && { marks }) }))
  const guard = guardOf(options.metrics ?? (development && { guard: loopback }))
  const shown = guard !== undefined || parts.length > 0
  const metrics = shown ? createMetrics({ show: redactor.attributes, rename }) : undefined
  const logs = options.logs === false ? undefined : createLogs(options.logs, { signals, redactor })
  const called = hooks && openHooks(hooks, { signals, redactor })
  const readiness = createReadiness(checks, { signals, clock })
  const runtime = metrics && openRuntimeGauges()
  if (runtime) metrics?.observe(runtime.read)
  if (gauges) metrics?.observe(gauges)
  const ports = { signals, clock, development, redactor, readiness, tables, audit, queryPlanner }
  const opened = metrics ? parts.map((part) => part.open({ ...ports, metrics })) : []
  const sampler = createSampler(options.sampling)
  const listeners = [
    metrics?.listener,
    logs?.listener,
    called?.listener,
    ...(sampler
      ? listenersBehind(opened, { signals, slow: options.sampling?.slow })
      : opened.map(({ listener }) => listener)),
  ]
  let leaving = false
  const stops = listeners.flatMap((listener) => (listener ? [signals.subscribe(listener)] : []))
  signals.sampler = sampler
  for (const { closed } of opened) if (closed) tellOfClosed(closed, signals)

  return {
    operations: {
      health,
      ready: readyOperation(async () => {
        if (leaving) throw draining()
        return [...(await assertReady(readiness))]
      }),
      ...(metrics && guard && { metrics: metricsOperation(metrics, guard) }),
      ...Object.assign({}, ...opened.map(({ operations }) => operations)),
    },
    drain() {
      leaving = true
    },
    async flush() {
      logs?.flush()
      await Promise.all([called?.flush(), ...opened.map((each) => each.flush?.())])
    },
    async close() {
      for (const stop of stops) stop()
      signals.sampler = undefined
      runtime?.close()
      logs?.close()
      await Promise.all([called?.flush(), ...opened.map((each) => each.close?.())])
    },
  }
}

function checkOptions(options: MonitorOptions): void {
  assertKnown('monitor', options, [
    'logs',
    'metrics',
    'parts',
    'hooks',
    'checks',
    'redact',
    'sampling',
    'conventions',
    'marks',
    'tables',
    'queryPlanner',
    'audit',
    'gauges',
    'development',
    'signals',
    'clock',
  ])
  const { logs, parts = [] } = options
  if (logs) assertKnown('monitor.logs', logs, ['level', 'requests', 'spans', 'write'])
  if (!Array.isArray(parts) || parts.some((part) => part?.kind !== 'monitor-part')) {
    throw misuse('monitor.parts', 'expected a list of parts, such as [otlp()]')
  }
}

/** A page that answers 404 and should not is looked for in vain, unless the start says why. */
function tellOfClosed(closed: string, signals: Signals): void {
  const message = `closed until a guard says who may see it: ${closed}`
  signals.log({ level: 'info', message, event: 'plinth.closed' })
}

function guardOf(metrics: MetricsOptions | false): Guard | undefined {
  if (!metrics) return undefined
  assertKnown('monitor.metrics', metrics, ['guard'])
  if (isGuard(metrics.guard)) return metrics.guard
  throw misuse(
    'monitor.metrics.guard',
    `expected a guard, such as loopback; got ${typeof metrics.guard}`,
  )
}

const operation = defineOperation()

const health = operation({
  method: 'GET',
  path: '/health',
  essential: true,
  summary: 'Whether the process is alive',
  tags: ['monitor'],
  guard: anyone,
  responses: { 200: v.strictObject({ status: v.literal('alive') }) },
  handler: () => ({ status: 200, body: { status: 'alive' } }),
})

function readyOperation(check: () => Promise<string[]>): Operation {
  return operation({
    method: 'GET',
    path: '/ready',
    essential: true,
    summary: 'Whether everything that requests need is reachable',
    tags: ['monitor'],
    guard: anyone,
    responses: {
      200: v.strictObject({ status: v.literal('ready'), checks: v.array(v.string()) }),
    },
    errors: { 503: ['not_ready', 'draining'] },
    handler: async () => ({
      status: 200,
      body: { status: 'ready', checks: await check() },
    }),
  })
}

function metricsOperation(metrics: Metrics, guard: Guard): Operation {
  return operation({
    method: 'GET',
    path: '/metrics',
    essential: true,
    summary: 'Metrics for Prometheus',
    description: 'With exemplars, as OpenMetrics, for clients that accept it.',
    tags: ['monitor'],
    guard,
    responses: { 200: content(TEXT.mediaType, OPEN_METRICS.mediaType) },
    handler: ({ incoming }) => {
      const exposition = expositionFor(incoming.header('accept'))
      const headers = { 'content-type': exposition.mediaType, vary: 'accept' }
      return { status: 200, headers, body: toPrometheus(metrics, exposition) }
    },
  })
}
