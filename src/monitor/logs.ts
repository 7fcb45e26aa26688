import type { LogLevel, LogRecord, SignalListener, Signals, SpanRecord } from '../kernel/index.ts'
import { standardOutput } from './output.ts'
import type { Redactor } from './redact.ts'
import { createRequestLines } from './request-line.ts'

export interface LogOptions {
  /** Lines below it are dropped. Default `info`. */
  readonly level?: LogLevel
  /** Whether each request leaves a line, at level info. Default true. */
  readonly requests?: boolean
  /** Whether each span leaves a line. Default false. */
  readonly spans?: boolean
  /**
   * Takes lines as text, each ended by a newline. Default: standard output. Where that is a pipe whose reader
   * is slow, a mebibyte waits; what comes after it is lost and counted (`plinth.monitor.log.lost`), and
   * requests go on.
   */
  readonly write?: (lines: string) => void
}

export interface Logs {
  readonly listener: SignalListener
  /** Writes out what is waiting. */
  flush(): void
  /** The same, for the last time. */
  close(): void
}

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const FLUSH_AFTER_MS = 100
const FLUSH_AT_CHARS = 32_768
/** About as long as the line of a request is. */
const REQUEST_CHARS = 512

/** What logs share with the rest of monitoring. */
export interface LogPorts {
  readonly signals: Signals
  readonly redactor: Redactor
}

/**
 * Writes records as lines of JSON, each with its time, level, message and, where there is one, the
 * trace it belongs to. Secrets are taken out. Lines are gathered for up to 100 ms, an error's line
 * is written at once.
 */
export function createLogs(options: LogOptions = {}, { signals, redactor }: LogPorts): Logs {
  const { level = 'info', requests = true, spans = false } = options
  const least = LEVELS[level]
  const output = options.write ? undefined : standardOutput()
  const buffer = createBuffer(
    options.write ?? ((lines) => tellOfLost(signals, output?.write(lines) ?? 0)),
  )
  const stop = output?.atEnd(buffer.flush)
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
      if (record.kind === 'server') buffer.add(record)
    }
  }
  return {
    listener,
    flush: buffer.flush,
    close() {
      buffer.flush()
      stop?.()
    },
  }
}

function tellOfLost(signals: Signals, lines: number): void {
  if (lines === 0) return
  const name = 'plinth.monitor.log.lost'
  signals.measure({ name, type: 'counter', unit: '{line}', value: lines })
  const message = 'lines of the log were lost: nobody read the output'
  const attributes = { 'plinth.log.lines': lines }
  signals.log({ level: 'warn', message, event: 'plinth.log_lost', attributes })
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
    duration_ms: Math.round(duration * 1000) / 1000,
    ...attributes,
    error,
  })
}

/**
 * Gathers lines so that a busy server writes ten times a second and not once a request. The lines of
 * requests are put together when they are written: one after the other, that takes half as long.
 */
function createBuffer(write: (lines: string) => void): {
  add(line: string | SpanRecord): void
  flush(): void
} {
  const requestLine = createRequestLines()
  let waiting: (string | SpanRecord)[] = []
  let size = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  return { add, flush }

  function add(line: string | SpanRecord): void {
    waiting.push(line)
    size += typeof line === 'string' ? line.length : REQUEST_CHARS
    if (size >= FLUSH_AT_CHARS) flush()
    else timer ??= setTimeout(flush, FLUSH_AFTER_MS)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const gathered = waiting
    waiting = []
    size = 0
    let lines = ''
    for (const line of gathered) lines += `${typeof line === 'string' ? line : requestLine(line)}\n`
    write(lines)
  }
}
