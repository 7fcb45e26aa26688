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
  const describeOrigin = createOriginDescriber()
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
        attributes: { ...describe(ending), ...describeOrigin(incoming.origin) },
        ...(error === undefined ? {} : { error, given }),
      })
    }
  }
}

function describe({ incoming, outgoing, route, path, error }: Ending): Attributes {
  const { method } = incoming
  const agent = incoming.header('user-agent')
  const known = KNOWN_METHODS.has(method)
  return {
    'http.request.method': nameMethod(method),
    'http.request.method_original': known ? undefined : showMethod(method),
    'http.route': route,
    'http.response.status_code': outgoing.status,
    'url.path': path,
    'client.address': incoming.address,
    'user_agent.original': agent === null ? undefined : showAgent(agent),
    'error.type': outgoing.status >= 500 ? errorType(error, outgoing.status) : undefined,
  }
}

/** The method as it is told: those that nobody knows all count as one. */
export function nameMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER'
}

function errorType(error: unknown, status: number): string {
  return error instanceof Error ? error.name : String(status)
}

/** Requests to one server mostly name one origin: it is taken apart once. */
function createOriginDescriber(): (origin: string) => Attributes {
  let last = ''
  let described: Attributes = {}
  return (origin) => {
    if (origin === last) return described
    last = origin
    const [, scheme, address, port] = /^([a-z]+):\/\/(.*?)(?::(\d+))?$/.exec(origin) ?? []
    const standard = scheme === 'https' ? 443 : 80
    described = {
      'url.scheme': scheme,
      'server.address': address,
      'server.port': port === undefined ? standard : Number(port),
    }
    return described
  }
}
