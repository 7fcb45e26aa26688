import type { LogLevel, LogRecord, SignalListener, SpanRecord } from '../kernel/index.ts'
import { createRedactor, type Redactor } from './redact.ts'

export interface LogOptions {
  /** Lines below it are dropped. Default `info`. */
  readonly level?: LogLevel
  /** Whether each request leaves a line, at level info. Default true. */
  readonly requests?: boolean
  /** Whether each span leaves a line. Default false. */
  readonly spans?: boolean
  /** Takes lines as text, each ended by a newline. Default: standard output. */
  readonly write?: (lines: string) => void
}

export interface Logs {
  readonly listener: SignalListener
  /** Writes out what is waiting. */
  flush(): void
}

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const FLUSH_AFTER_MS = 100
const FLUSH_AT_CHARS = 32_768

/**
 * Writes records as lines of JSON, each with its time, level, message and, where there is one, the
 * trace it belongs to. Secrets are taken out. Lines are gathered for up to 100 ms, an error's line
 * is written at once.
 */
export function createLogs(options: LogOptions = {}, redactor: Redactor = createRedactor()): Logs {
  const { level = 'info', requests = true, spans = false, write = writeToOutput } = options
  const least = LEVELS[level]
  const buffer = createBuffer(write)
  const listener: SignalListener = {
    log(record) {
      if (LEVELS[record.level] < least) return
      buffer.add(logLine(record, redactor))
      if (record.level === 'error') buffer.flush()
    },
  }
  if (spans) listener.span = (record) => buffer.add(spanLine(record, redactor))
  else if (requests && least <= LEVELS.info) {
    listener.span = (record) => {
      if (record.kind === 'server') buffer.add(requestLine(record))
    }
  }
  return { listener, flush: buffer.flush }
}

function logLine(record: LogRecord, redactor: Redactor): string {
  const { level, event, trace } = record
  const { message, attributes, error } = redactor.log(record)
  return JSON.stringify({
    time: new Date().toISOString(),
    level,
    message,
    event,
    trace_id: trace?.traceId,
    span_id: trace?.spanId,
    ...attributes,
    error,
  })
}

/**
 * The line that a busy server writes most: put together by hand, since its parts are known. Nothing is
 * taken out here: `http` puts nothing into these attributes that may be a secret.
 */
function requestLine({ name, start, duration, traceId, spanId, attributes }: SpanRecord): string {
  const message = JSON.stringify(`${name} ${attributes['http.response.status_code']}`)
  return (
    `{"time":"${toIso(start)}","level":"info","message":${message},"event":"http.request",` +
    `"trace_id":"${traceId}","span_id":"${spanId}","duration_ms":${rounded(duration)},` +
    JSON.stringify(attributes).slice(1)
  )
}

let lastTime = Number.NaN
let lastIso = ''

/** The requests of a busy server share their millisecond with others, and writing it takes long. */
function toIso(time: number): string {
  if (time !== lastTime) {
    lastIso = new Date(time).toISOString()
    lastTime = time
  }
  return lastIso
}

function spanLine(record: SpanRecord, redactor: Redactor): string {
  const { start, duration, traceId, spanId, parentSpanId, name, kind } = record
  const { attributes, error } = redactor.span(record)
  return JSON.stringify({
    time: new Date(start).toISOString(),
    level: 'info',
    message: name,
    event: kind === 'server' ? 'http.request' : 'span',
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: parentSpanId,
    duration_ms: rounded(duration),
    ...attributes,
    error,
  })
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

/** Gathers lines so that a busy server writes ten times a second and not once a request. */
function createBuffer(write: (lines: string) => void): { add(line: string): void; flush(): void } {
  let lines = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  return { add, flush }

  function add(line: string): void {
    lines += `${line}\n`
    if (lines.length >= FLUSH_AT_CHARS) flush()
    else timer ??= setTimeout(flush, FLUSH_AFTER_MS)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (lines === '') return
    const waiting = lines
    lines = ''
    write(waiting)
  }
}

function writeToOutput(lines: string): void {
  // The console is the one output that every runtime has; it adds the last newline itself.
  console.log(lines.slice(0, -1))
}
