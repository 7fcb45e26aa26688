import type { Clock, LogRecord, SignalListener, SpanRecord } from '../../../kernel/index.ts'
import type { Redactor } from '../../redact.ts'
import { createErrors, type Errors } from './errors.ts'
import { toFailure } from './failure.ts'
import { bytesOfSpan, LARGE, toKeptSpan } from './kept-span.ts'
import { binOf } from './latency.ts'
import { bytesOfLine, type Line, toLine } from './line.ts'
import { createRing, type Ring } from './ring.ts'
import { createRoutes, type Route, type Routes } from './routes.ts'
import { createStatements, type Statements } from './statements.ts'
import { createTraces, type Traces } from './traces.ts'

/** How much is kept in memory, at most. */
export interface StoreOptions {
  /** Requests, statements and calls, each one. Default 20,000. */
  readonly spans?: number
  /** Lines of the log. Default 5,000. */
  readonly logs?: number
  /** Bytes of all these together, about. Default 16,777,216 (16 MiB). */
  readonly bytes?: number
  /** Routes with figures of their own, each at most a quarter of a megabyte. Default 100. */
  readonly routes?: number
}

/** What happened of late in this process. What is read is up to date after `settle`. */
export interface Store {
  readonly listener: SignalListener
  readonly spans: Ring<SpanRecord>
  readonly lines: Ring<Line>
  /** Lines that tell of sign-ins and denials: they outlive the others. */
  readonly events: Ring<Line>
  readonly routes: Routes
  readonly errors: Errors
  readonly statements: Statements
  readonly traces: Traces
  /** Brings the figures up to date. */
  settle(): void
}

/** Spans that are added up at once, so that a request itself only leaves a reference. */
const BATCH = 256
const EVENTS = 1_000
const GROUPS = 200
const STATEMENTS = 500
/** A trace is kept for its slowness if none slower came within this time, in milliseconds. */
const SLOW_FOR = 600_000
/** An error's example is kept anew when the last is older, in milliseconds. */
const EXAMPLE_FOR = 1_000
const WAITING = 100

/** Creates an empty store. */
export function createStore(
  options: StoreOptions,
  { clock, redactor }: { readonly clock: Clock; readonly redactor: Redactor },
): Store {
  const {
    spans: count = 20_000,
    logs = 5_000,
    bytes = 16 * 1024 ** 2,
    routes: limit = 100,
  } = options
  const spans = createRing<SpanRecord>({ count, bytes: bytes * 0.7 })
  const lines = createRing<Line>({ count: logs, bytes: bytes * 0.2 })
  const events = createRing<Line>({ count: EVENTS, bytes: bytes * 0.1 })
  const routes = createRoutes(limit)
  const errors = createErrors(GROUPS)
  const statements = createStatements(STATEMENTS)
  const traces = createTraces(spans, lines)
  /** Errors in the log whose request has not ended, and with it told its route. */
  let waiting: Line[] = []
  let settled = 0

  return {
    listener: { span: addSpan, log: addLine },
    spans,
    lines,
    events,
    routes,
    errors,
    statements,
    traces,
    settle() {
      settle()
      const now = clock.now()
      const late = waiting.filter(({ time }) => now - time > EXAMPLE_FOR)
      waiting = waiting.filter((line) => !late.includes(line))
      for (const line of late) addError(line, undefined)
    },
  }

  function addSpan(record: SpanRecord): void {
    if (record.kind === 'server') {
      if (isOwn(record)) return
      if (record.error !== undefined || waiting.length > 0) addFailures(record)
    }
    let span = record
    let size = bytesOfSpan(record)
    if (record.error !== undefined || size > LARGE) {
      span = toKeptSpan(record)
      size = bytesOfSpan(span)
    }
    // Nothing may be pushed out before it was added up.
    if (spans.next - settled >= BATCH || spans.bytes + size > bytes * 0.7) settle()
    spans.push(span, size)
  }

  function addLine(record: LogRecord): void {
    const line = toLine(record, clock.now(), redactor)
    const size = bytesOfLine(line)
    lines.push(line, size)
    if (isSecurity(record.event)) events.push(line, size)
    if (!line.failure) return
    if (waiting.length >= WAITING) addError(waiting.shift() as Line, undefined)
    waiting.push(line)
  }

  function addFailures(record: SpanRecord): void {
    const route = record.name
    const own = waiting.filter(({ trace }) => trace?.spanId === record.spanId)
    if (own.length > 0) waiting = waiting.filter((line) => !own.includes(line))
    for (const line of own) addError(line, route)
    // The log tells of it as well, unless nobody wrote it there.
    if (own.length > 0 || record.error === undefined) return
    const time = record.start + record.duration
    errors.add({
      failure: toFailure(redactor.span(record).error),
      route,
      time,
      trace: record.traceId,
    })
  }

  function addError({ failure, time, trace }: Line, route: string | undefined): void {
    if (!failure) return
    errors.add({ failure, route, time, trace: trace?.traceId })
  }

  function settle(): void {
    for (let number = Math.max(settled, spans.first); number < spans.next; number += 1) {
      const span = spans.at(number)
      if (span?.kind === 'server') addRequest(span)
      else if (span?.attributes['db.query.summary'] !== undefined) statements.add(span)
    }
    settled = spans.next
  }

  function addRequest({ attributes, duration, start, traceId }: SpanRecord): void {
    const status = attributes['http.response.status_code'] as number
    const time = start + duration
    const route = routes.add(
      attributes['http.request.method'] as string,
      attributes['http.route'] as string | undefined,
      { time, bin: binOf(duration), status },
    )
    if (route && isWorthKeeping(route, { status, duration, time })) traces.keep(traceId)
  }
}

/** Whether it is the slowest of its route of late, or a failure, one a second at most. */
function isWorthKeeping(
  route: Route,
  { status, duration, time }: { status: number; duration: number; time: number },
): boolean {
  if (status >= 500) {
    if (Math.abs(time - route.failedAt) < EXAMPLE_FOR) return false
    route.failedAt = time
    return true
  }
  if (duration <= route.slowest && Math.abs(time - route.slowestAt) < SLOW_FOR) return false
  route.slowest = duration
  route.slowestAt = time
  return true
}

/** What the dashboard asks for itself would fill it. */
function isOwn({ attributes }: SpanRecord): boolean {
  const route = attributes['http.route']
  return typeof route === 'string' && (route === '/dashboard' || route.startsWith('/dashboard/'))
}

function isSecurity(event: string | undefined): boolean {
  return event !== undefined && (event.startsWith('auth.') || event === 'http.denied')
}
