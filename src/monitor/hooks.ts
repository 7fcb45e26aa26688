import type {
  Attributes,
  LogRecord,
  SignalListener,
  SpanRecord,
  TraceContext,
} from '../kernel/index.ts'

/** A request that was answered. */
export interface RequestEnded {
  readonly method: string
  /** The route's template, such as `/notes/{id}`; undefined when no route matched. */
  readonly route: string | undefined
  readonly status: number
  /** Milliseconds. */
  readonly duration: number
  readonly trace: TraceContext
  readonly attributes: Attributes
  readonly error: unknown
}

/** A statement that was run. */
export interface QueryEnded {
  /** Such as `select notes`. */
  readonly summary: string
  /** Milliseconds. */
  readonly duration: number
  readonly trace: TraceContext
  readonly attributes: Attributes
  readonly error: unknown
}

/** Something that happened and has a name, such as `auth.sign_in`. */
export interface EventReported {
  readonly name: string
  readonly message: string
  readonly attributes: Attributes
  readonly trace: TraceContext | undefined
}

/** An error that was reported: the private one, with its cause. */
export interface ErrorReported {
  readonly error: unknown
  readonly message: string
  readonly trace: TraceContext | undefined
}

/**
 * What a team's own code can be told of. A hook that throws or rejects harms nobody: it is counted
 * and the others are still called.
 */
export interface Hooks {
  request?(request: RequestEnded): void | Promise<void>
  query?(query: QueryEnded): void | Promise<void>
  event?(event: EventReported): void | Promise<void>
  error?(error: ErrorReported): void | Promise<void>
}

/** Turns hooks into a listener for signals; only what is hooked is listened to. */
export function toListener(hooks: Hooks): SignalListener {
  const listener: SignalListener = {}
  const { request, query, event, error } = hooks
  if (request || query) {
    listener.span = (record) => {
      if (record.kind === 'server') return request?.(requestEnded(record))
      if (record.kind === 'client') return query?.(queryEnded(record))
      return undefined
    }
  }
  if (event || error) {
    listener.log = async (record) => {
      if (record.event !== undefined) await event?.(eventReported(record))
      if (record.error !== undefined) await error?.(errorReported(record))
    }
  }
  return listener
}

function requestEnded(record: SpanRecord): RequestEnded {
  const { attributes, duration, error } = record
  return {
    method: String(attributes['http.request.method']),
    route: attributes['http.route'] as string | undefined,
    status: Number(attributes['http.response.status_code']),
    duration,
    trace: traceOf(record),
    attributes,
    error,
  }
}

function queryEnded(record: SpanRecord): QueryEnded {
  const { name, attributes, duration, error } = record
  return { summary: name, duration, trace: traceOf(record), attributes, error }
}

function eventReported({ event = '', message, attributes = {}, trace }: LogRecord): EventReported {
  return { name: event, message, attributes, trace }
}

function errorReported({ error, message, trace }: LogRecord): ErrorReported {
  return { error, message, trace }
}

function traceOf({ traceId, spanId, sampled }: SpanRecord): TraceContext {
  return { traceId, spanId, sampled }
}
