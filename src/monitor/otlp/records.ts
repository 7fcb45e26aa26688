import {
  type Attributes,
  type AttributeValue,
  type LogLevel,
  type LogRecord,
  PlinthError,
  type SpanRecord,
} from '../../kernel/index.ts'
import type { Family, Metrics, Series } from '../metrics.ts'
import type { Redactor } from '../redact.ts'

/** A message of OTLP in its JSON form. */
export type Message = Readonly<Record<string, unknown>>

const KINDS = { internal: 1, server: 2, client: 3 } as const
const SEVERITIES: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 }
const ERROR = 2
const CUMULATIVE = 2
/** Of the trace flags (W3C): sampled. */
const SAMPLED = 1

export function toSpan(record: SpanRecord, redactor: Redactor): Message {
  const { name, kind, traceId, spanId, parentSpanId, start, duration, error } = record
  const { attributes } = redactor.span({ ...record, error: undefined })
  return {
    traceId,
    spanId,
    parentSpanId,
    name: name.toWellFormed(),
    kind: KINDS[kind],
    startTimeUnixNano: toNanos(start),
    endTimeUnixNano: toNanos(start, duration),
    attributes: toKeyValues(attributes),
    // What an error says may be anything: its type is enough to find its line in the log.
    ...(error !== undefined && { status: { code: ERROR, message: typeOf(error) } }),
    flags: record.sampled ? SAMPLED : 0,
  }
}

/** Made when the line is written, and not when it is sent: until then it would hold on to its request. */
export function toLog(
  { record, time }: { record: LogRecord; time: number },
  redactor: Redactor,
): Message {
  const { level, event, error, trace } = record
  const { message, attributes, error: shown } = redactor.log(record)
  const failure =
    error === undefined
      ? {}
      : { 'exception.type': typeOf(error), 'exception.message': messageOf(shown) }
  return {
    timeUnixNano: toNanos(time),
    observedTimeUnixNano: toNanos(time),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: toAnyValue(message),
    eventName: event,
    attributes: toKeyValues({ ...attributes, ...failure }),
    ...(trace && {
      traceId: trace.traceId,
      spanId: trace.spanId,
      flags: trace.sampled ? SAMPLED : 0,
    }),
  }
}

/** All metrics as they are now, counted from `since` on. */
export function toMetrics(
  metrics: Metrics,
  { since, now }: { since: number; now: number },
): Message[] {
  const times = { startTimeUnixNano: toNanos(since), timeUnixNano: toNanos(now) }
  return [...metrics.families()]
    .filter(({ series }) => series.size > 0)
    .map((family) => toMetric(family, times))
}

function toMetric({ name, type, unit, series }: Family, times: Message): Message {
  const all = [...series.values()]
  if (type === 'histogram') {
    const dataPoints = all.map((each) => toHistogramPoint(each, times))
    return { name, unit, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } }
  }
  const dataPoints = all.map(({ labels, value }) => ({
    ...times,
    asDouble: toDouble(value),
    attributes: toKeyValues(Object.fromEntries(labels)),
  }))
  if (type === 'gauge') return { name, unit, gauge: { dataPoints } }
  return {
    name,
    unit,
    sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true },
  }
}

function toHistogramPoint({ labels, histogram }: Series, times: Message): Message {
  const { bounds = [], counts = [], sum = 0, count = 0 } = histogram ?? {}
  return {
    ...times,
    count: String(count),
    sum: toDouble(sum),
    bucketCounts: Array.from(counts, String),
    explicitBounds: bounds,
    attributes: toKeyValues(Object.fromEntries(labels)),
  }
}

/** Attributes as OTLP has them. */
export function toKeyValues(attributes: Attributes): Message[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : { key: key.toWellFormed(), value: toAnyValue(value) },
  )
}

function toAnyValue(value: Exclude<AttributeValue, undefined>): Message {
  if (typeof value === 'boolean') return { boolValue: value }
  // Half a surrogate pair is nothing that UTF-8 has: receivers of JSON would each replace it as they like.
  if (typeof value === 'string') return { stringValue: value.toWellFormed() }
  return Number.isSafeInteger(value)
    ? { intValue: String(value) }
    : { doubleValue: toDouble(value) }
}

/** As JSON has no such numbers, Protocol Buffers' mapping writes them as text. */
function toDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}

function messageOf(shown: unknown): string {
  const { message } = (shown ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : (JSON.stringify(shown) ?? '')
}

/**
 * Whole nanoseconds since 1970 exceed what a number holds, and so do its sums: a duration added to a time
 * as a number would lose what is below a quarter of a microsecond.
 */
function toNanos(time: number, duration = 0): string {
  return String(wholeNanos(time) + wholeNanos(duration))
}

function wholeNanos(milliseconds: number): bigint {
  const whole = Math.floor(milliseconds)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1_000_000))
}
