import { type Attributes, createTrace, type Signals, type TraceContext } from '../kernel/index.ts'
import { cleanBaggage } from './baggage.ts'
import type { Incoming } from './message.ts'
import { isPublicHost } from './public-host.ts'
import { showMethod, showUnknownPath } from './shown.ts'
import { formatTraceparent, parseTraceparent } from './trace.ts'

/** The platform's `fetch`, for requests that belong to one that is being answered. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The request that others are sent for. */
interface Cause {
  readonly incoming: Incoming
  readonly trace: TraceContext | undefined
  readonly signal: AbortSignal
}

export interface OutboundPorts {
  readonly signals: Signals
  /** What sends, after it has asked whether it may. */
  readonly fetch: Fetch
  /** Whether the app has named every place that it leads to. */
  readonly confined: boolean
}

/**
 * Sends a request for another: it is given up with that one, carries on its trace (W3C Trace Context)
 * and, to places that are known, its baggage, and is reported as a client span (OpenTelemetry's semantic conventions for HTTP, stable).
 */
export async function fetchFor(
  cause: Cause,
  { signals, fetch, confined }: OutboundPorts,
  [input, init = {}]: Parameters<Fetch>,
): Promise<Response> {
  const given = input instanceof Request ? input : undefined
  const own = init.signal ?? given?.signal
  const signal = own ? AbortSignal.any([cause.signal, own]) : cause.signal
  const headers = new Headers(init.headers ?? given?.headers)
  const { passedOn, span } = traceOf(cause)
  if (passedOn && !headers.has('traceparent')) {
    headers.set('traceparent', formatTraceparent(passedOn))
    if (passedOn.state !== undefined) headers.set('tracestate', passedOn.state)
  }
  const url = given?.url ?? String(input)
  const baggage = cause.incoming.header('baggage')
  if (baggage !== null && !headers.has('baggage') && (confined || leadsInside(url))) {
    const passable = cleanBaggage(baggage)
    if (passable !== '') headers.set('baggage', passable)
  }
  const send = () => fetch(input, { ...init, headers, signal })
  if (!span || !signals.spans) return send()
  const method = (init.method ?? given?.method ?? 'GET').toUpperCase()
  return reported(send, { span, method, url, cause, signals })
}

function leadsInside(url: string): boolean {
  return URL.canParse(url) && !isPublicHost(new URL(url).hostname)
}

/** Where nobody records, the caller's trace is passed on as it came. */
function traceOf({ incoming, trace }: Cause): {
  passedOn: TraceContext | undefined
  span?: TraceContext
} {
  if (trace) {
    const span = createTrace(trace)
    return { passedOn: span, span }
  }
  const parent = incoming.header('traceparent')
  return { passedOn: parseTraceparent(parent, incoming.header('tracestate')) }
}

interface Sending {
  readonly span: TraceContext
  readonly method: string
  readonly url: string
  readonly cause: Cause
  readonly signals: Signals
}

async function reported(send: () => Promise<Response>, sending: Sending): Promise<Response> {
  const { span, method, url, cause, signals } = sending
  const { name, attributes } = describe(method, url)
  const start = Date.now()
  const began = performance.now()
  const end = (outcome: Attributes, error?: unknown) =>
    signals.span({
      name,
      kind: 'client',
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: cause.trace?.spanId,
      sampled: span.sampled,
      start,
      duration: performance.now() - began,
      attributes: { ...attributes, ...outcome },
      ...(error === undefined ? {} : { error }),
    })
  try {
    const response = await send()
    const { status } = response
    end({
      'http.response.status_code': status,
      'error.type': status >= 400 ? String(status) : undefined,
    })
    return response
  } catch (error) {
    end({ 'error.type': error instanceof Error ? error.name : 'Error' }, error)
    throw error
  }
}

const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** The query and the user are left out, and what may be a token in the path: there secrets stand in URLs. */
function describe(method: string, url: string): { name: string; attributes: Attributes } {
  const known = KNOWN_METHODS.includes(method)
  const target = URL.canParse(url) ? new URL(url) : undefined
  const standard = target?.protocol === 'https:' ? 443 : 80
  return {
    name: known ? method : 'HTTP',
    attributes: {
      'http.request.method': known ? method : '_OTHER',
      'http.request.method_original': known ? undefined : showMethod(method),
      'url.full': target && `${target.origin}${showUnknownPath(target.pathname)}`,
      'server.address': target?.hostname,
      'server.port': target && (target.port === '' ? standard : Number(target.port)),
    },
  }
}
