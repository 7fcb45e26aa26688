import type { EventListeners, Events } from './events.ts'
import type { TraceContext } from './trace-context.ts'
import { spanId, traceId } from './trace-ids.ts'

/** What a piece of work belongs to: the trace that it is part of and the signal that ends it. */
export interface Scope {
  readonly trace?: TraceContext | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether the signal is aborted, where that can be told without making it. */
  readonly aborted?: boolean | undefined
}

/** Tests whether the work that a scope is for was given up. */
export function isAborted(scope: Scope): boolean {
  return scope.aborted ?? scope.signal?.aborted ?? false
}

export type AttributeValue = string | number | boolean | undefined
export type Attributes = Readonly<Record<string, AttributeValue>>

/** A finished piece of work. Attribute names follow OpenTelemetry's semantic conventions. */
export interface SpanRecord {
  /** Low-cardinality name, such as `GET /notes/{id}` or `select notes`. */
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal'
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly sampled: boolean
  /** Milliseconds since the Unix epoch. */
  readonly start: number
  /** Milliseconds. */
  readonly duration: number
  readonly attributes: Attributes
  /** What it failed with, if it failed. Private: exporters reduce it to its type. */
  readonly error?: unknown
  /** What the work was given: secrets in it are taken out of whatever is shown of the error. */
  readonly given?: (() => unknown) | undefined
}

/** One measured value. */
export interface Measurement {
  /** OpenTelemetry's metric name, such as `plinth.data.commit.size`. */
  readonly name: string
  readonly type: 'counter' | 'histogram' | 'gauge'
  /** UCUM unit, such as `s`, `By` or `{row}`. */
  readonly unit: string
  readonly value: number
  readonly attributes?: Attributes
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of the log. */
export interface LogRecord {
  readonly level: LogLevel
  readonly message: string
  /** Names a thing that happened and that code may subscribe to, such as `auth.sign_in`. */
  readonly event?: string
  readonly attributes?: Attributes
  readonly error?: unknown
  readonly trace?: TraceContext | undefined
  /** What the work that it tells of was given: secrets in it are taken out of whatever is shown. */
  readonly given?: (() => unknown) | undefined
}

/** Receives what it has a method for. One that throws or rejects harms nobody: the failure is counted. */
export interface SignalListener {
  span?(record: SpanRecord): void | Promise<void>
  measurement?(record: Measurement): void | Promise<void>
  log?(record: LogRecord): void | Promise<void>
  /** Read once, when it is subscribed. */
  readonly events?: EventListeners
}

/**
 * Decides whether a trace that begins here is kept; asked once the route is known, which is undefined
 * where none matched.
 */
export type Sampler = (traceId: string, route: string | undefined) => boolean

/**
 * The port that every module reports to. When nobody listens the flags are false and callers build
 * nothing, so silence is free.
 */
export interface Signals {
  readonly spans: boolean
  readonly measurements: boolean
  readonly logs: boolean
  /**
   * Tells who cares of what happens: `signals.events['data.policy']?.({ ... })`. A name that nobody listens
   * to is undefined, so what would be told is not made.
   */
  readonly events: EventListeners
  /** How many times a listener has thrown or rejected. */
  readonly failures: number
  /** Monitoring sets it. Without one all are kept. */
  sampler: Sampler | undefined
  span(record: SpanRecord): void
  measure(record: Measurement): void
  log(record: LogRecord): void
  /** Adds a listener; the function returned removes it. */
  subscribe(listener: SignalListener): () => void
}

/**
 * Creates a port with no listeners.
 *
 * ```ts
 * import { createSignals } from 'plinth/kernel'
 *
 * const signals = createSignals()
 * const stop = signals.subscribe({ log: (record) => console.log(record.message) })
 * signals.log({ level: 'info', message: 'started' })
 * stop()
 * ```
 */
export function createSignals(): Signals {
  let listeners: readonly SignalListener[] = []
  let receivers = receiversOf(listeners)
  const port: Mutable<Signals> = {
    spans: false,
    measurements: false,
    logs: false,
    events: {},
    failures: 0,
    sampler: undefined,
    span: (record: SpanRecord) => deliver(receivers.span, record),
    measure: (record: Measurement) => deliver(receivers.measurement, record),
    log: (record: LogRecord) => deliver(receivers.log, record),
    subscribe(listener: SignalListener) {
      setListeners([...listeners, listener])
      return () => setListeners(listeners.filter((other) => other !== listener))
    },
  }
  return port

  function setListeners(next: readonly SignalListener[]): void {
    listeners = next
    receivers = receiversOf(next)
    port.spans = receivers.span.length > 0
    port.measurements = receivers.measurement.length > 0
    port.logs = receivers.log.length > 0
    port.events = tellersOf(next)
  }

  function tellersOf(all: readonly SignalListener[]): EventListeners {
    const names = new Set(all.flatMap(({ events = {} }) => Object.keys(events) as (keyof Events)[]))
    return Object.fromEntries(
      Array.from(names, (name) => {
        const to = all.flatMap(({ events }) => (events?.[name] ?? []) as Receiver<unknown>[])
        return [name, to.length > 0 ? (event: unknown) => deliver(to, event) : undefined]
      }),
    )
  }

  function deliver<R>(to: readonly Receiver<R>[], record: R): void {
    for (const receive of to) {
      try {
        const result = receive(record)
        if (result instanceof Promise) result.catch(countFailure)
      } catch {
        countFailure()
      }
    }
  }

  function countFailure(): void {
    port.failures += 1
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
type Receiver<R> = (record: R) => unknown

function receiversOf(listeners: readonly SignalListener[]): {
  span: Receiver<SpanRecord>[]
  measurement: Receiver<Measurement>[]
  log: Receiver<LogRecord>[]
} {
  return {
    span: listeners.flatMap((listener) => listener.span?.bind(listener) ?? []),
    measurement: listeners.flatMap((listener) => listener.measurement?.bind(listener) ?? []),
    log: listeners.flatMap((listener) => listener.log?.bind(listener) ?? []),
  }
}

/** Makes the identity of a new span, below `parent` or at the root of a new trace. */
export function createTrace(parent?: TraceContext): TraceContext {
  if (!parent) return { traceId: traceId(), spanId: spanId(), sampled: true }
  const { traceId: known, sampled, state } = parent
  const created = { traceId: known, spanId: spanId(), sampled }
  return state === undefined ? created : { ...created, state }
}

/**
 * Runs work as an internal span below the scope's trace and reports it, failed or not. Costs one
 * comparison when nobody listens.
 */
export async function traced<T>(
  signals: Signals,
  {
    name,
    scope,
    attributes = {},
  }: { name: string; scope?: Scope | undefined; attributes?: Attributes },
  work: () => T | Promise<T>,
): Promise<T> {
  if (!signals.spans) return work()
  const trace = createTrace(scope?.trace)
  const start = Date.now()
  const began = performance.now()
  const end = (error?: unknown) =>
    signals.span({
      name,
      kind: 'internal',
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: scope?.trace?.spanId,
      sampled: trace.sampled,
      start,
      duration: performance.now() - began,
      attributes,
      ...(error === undefined ? {} : { error }),
    })
  try {
    const result = await work()
    end()
    return result
  } catch (error) {
    end(error)
    throw error
  }
}
