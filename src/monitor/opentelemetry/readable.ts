import { type LogLevel, type LogRecord, PlinthError, type SpanRecord } from '../../kernel/index.ts'
import type { Redactor } from '../redact.ts'
import { addTimes, presentIn, SCOPE, toHrTime } from './sdk.ts'

/** `SpanKind` of the API. */
const KINDS = { internal: 0, server: 1, client: 2 } as const
const SEVERITIES: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 }
/** `SpanStatusCode` of the API. */
const UNSET = 0
const ERROR = 2

interface Identity {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

function contextOf({ traceId, spanId, sampled }: Identity): object {
  return { traceId, spanId, traceFlags: sampled ? 1 : 0 }
}

/** A `ReadableSpan`: with the ids, times and parent that it has here. */
export function toReadableSpan(record: SpanRecord, resource: object, redactor: Redactor): object {
  const { name, kind, traceId, parentSpanId: spanId, sampled, start, error } = record
  const { attributes } = redactor.span({ ...record, error: undefined })
  const context = contextOf(record)
  const [startTime, duration] = [toHrTime(start), toHrTime(record.duration)]
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(spanId !== undefined && { parentSpanContext: contextOf({ traceId, spanId, sampled }) }),
    startTime,
    endTime: addTimes(startTime, duration),
    duration,
    // What an error says may be anything: its type is enough to find its line in the log.
    status: error === undefined ? { code: UNSET } : { code: ERROR, message: typeOf(error) },
    attributes: presentIn(attributes),
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** A `ReadWriteLogRecord`. Processors may change it: it belongs to nobody else. */
export function toLogRecord(
  record: LogRecord,
  { time, resource, redactor }: { time: number; resource: object; redactor: Redactor },
): object {
  const { level, event, error, trace } = record
  const { message, attributes = {}, error: shown } = redactor.log(record)
  const hrTime = toHrTime(time)
  const readWrite = {
    hrTime,
    hrTimeObserved: hrTime,
    ...(trace && { spanContext: contextOf(trace) }),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: message as unknown,
    eventName: event,
    attributes: presentIn({
      ...attributes,
      'exception.type': error === undefined ? undefined : typeOf(error),
      'exception.message': error === undefined ? undefined : messageOf(shown),
    }),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    setAttribute(key: string, value: unknown) {
      readWrite.attributes[key] = value
      return readWrite
    },
    setAttributes(added: object) {
      Object.assign(readWrite.attributes, added)
      return readWrite
    },
    setBody(body: unknown) {
      readWrite.body = body
      return readWrite
    },
    setEventName(name: string) {
      readWrite.eventName = name
      return readWrite
    },
    setSeverityNumber(severity: number) {
      readWrite.severityNumber = severity
      return readWrite
    },
    setSeverityText(text: string) {
      readWrite.severityText = text
      return readWrite
    },
  }
  return readWrite
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}

function messageOf(shown: unknown): string {
  const { message } = (shown ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : (JSON.stringify(shown) ?? '')
}
