import type { Attributes, Clock, Signals, TraceContext } from '../kernel/index.ts'
import type { Incoming, Outgoing } from './message.ts'
import { showAgent, showMethod } from './shown.ts'

/** What is known of a request when it ends. */
export interface Ending {
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  /** Undefined when no operation matched. */
  readonly route: string | undefined
  /** As it may be shown. */
  readonly path: string
  /** What it failed with, when the failure is the server's. */
  readonly error: unknown
  readonly given: (() => unknown) | undefined
}

/** Reports the end of a request. */
export type EndSpan = (ending: Ending) => void

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

/** Begins the server span of a request (OpenTelemetry's semantic conventions for HTTP, stable). */
export type BeginSpan = (trace: TraceContext, parent: TraceContext | undefined) => EndSpan

export function createSpanBeginner(signals: Signals, clock: Clock): BeginSpan {
  const originOf = createOriginDescriber()
  return (trace, parent) => {
    const start = clock.now()
    const began = performance.now()
    return (ending) => {
      const { incoming, route, error, given } = ending
      const { traceId, spanId, sampled } = trace
      const method = KNOWN_METHODS.has(incoming.method) ? incoming.method : 'HTTP'
      signals.span({
        name: route === undefined ? method : `${method} ${route}`,
        kind: 'server',
        traceId,
        spanId,
        parentSpanId: parent?.spanId,
        sampled,
        start,
        duration: performance.now() - began,
        attributes: describe(ending, originOf(incoming.origin)),
        error,
        given,
      })
    }
  }
}

/** Written out in one piece: parts that are put together take several times as long. */
function describe({ incoming, outgoing, route, path, error }: Ending, origin: Origin): Attributes {
  const { method } = incoming
  const { status } = outgoing
  const agent = incoming.header('user-agent')
  const known = KNOWN_METHODS.has(method)
  return {
    'http.request.method': known ? method : OTHER_METHOD,
    'http.request.method_original': known ? undefined : showMethod(method),
    'http.route': route,
    'http.response.status_code': status,
    'url.path': path,
    'url.scheme': origin.scheme,
    'server.address': origin.address,
    'server.port': origin.port,
    'client.address': incoming.address,
    'user_agent.original': agent === null ? undefined : showAgent(agent),
    'error.type': status >= 500 ? errorType(error, status) : undefined,
  }
}

const OTHER_METHOD = '_OTHER'

/** The method as it is told: those that nobody knows all count as one. */
export function nameMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : OTHER_METHOD
}

function errorType(error: unknown, status: number): string {
  return error instanceof Error ? error.name : String(status)
}

interface Origin {
  readonly scheme: string | undefined
  readonly address: string | undefined
  readonly port: number
}

/** Requests to one server mostly name one origin: it is taken apart once. */
function createOriginDescriber(): (origin: string) => Origin {
  let last: string | undefined
  let described: Origin
  return (origin) => {
    if (origin !== last) {
      last = origin
      described = describeOrigin(origin)
    }
    return described
  }
}

function describeOrigin(origin: string): Origin {
  const [, scheme, address, port] = /^([a-z]+):\/\/(.*?)(?::(\d+))?$/.exec(origin) ?? []
  const standard = scheme === 'https' ? 443 : 80
  return { scheme, address, port: port === undefined ? standard : Number(port) }
}
