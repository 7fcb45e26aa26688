import { createTrace, PlinthError, type Signals, type TraceContext } from '../kernel/index.ts'
import type { Endpoint } from './endpoint.ts'
import { Exchange } from './exchange.ts'
import type { Input } from './input.ts'
import type { Passage } from './limits/passage.ts'
import type { Incoming, Outgoing } from './message.ts'
import type { OutboundPorts } from './outbound.ts'
import { showUnknownPath } from './shown.ts'
import { type BeginSpan, type EndSpan, nameMethod } from './span.ts'
import { formatTraceparent, parseTraceparent } from './trace.ts'

/** A request on its way, and what is known of it so far. */
export interface Visit {
  readonly exchange: Exchange
  readonly secure: boolean
  readonly signals: Signals
  readonly endSpan: EndSpan | undefined
  /** The trace, where it begins here. */
  readonly begun: OwnTrace | undefined
  endpoint: Endpoint | undefined
  /** What its limits say, when it has any. */
  passage: Passage | undefined
  /** Ends a body that is still arriving. */
  release: Input['release']
  ended: boolean
}

/** A trace that nobody else has seen yet: whether it is kept can still be decided. */
type OwnTrace = TraceContext & { sampled: boolean }

/** Where requests are reported. */
export interface VisitPorts extends OutboundPorts {
  readonly beginSpan: BeginSpan
}

/** Begins a request: in the caller's trace, or in one of its own. */
export function beginVisit(incoming: Incoming, ports: VisitPorts): Visit {
  const { signals, beginSpan } = ports
  const traced =
    signals.spans || signals.logs || signals.events['http.request_started'] !== undefined
  const parent = traced
    ? parseTraceparent(incoming.header('traceparent'), incoming.header('tracestate'))
    : undefined
  const trace = traced ? createTrace(parent) : undefined
  return {
    exchange: new Exchange(incoming, ports, trace),
    secure: incoming.origin.startsWith('https:'),
    signals,
    endSpan: trace && signals.spans ? beginSpan(trace, parent) : undefined,
    begun: parent ? undefined : trace,
    endpoint: undefined,
    passage: undefined,
    release: undefined,
    ended: false,
  }
}

/** Decides whether a trace that begins here is kept: now that its route is known, and before it is passed on. */
export function sampleVisit({ begun, endpoint, signals }: Visit): void {
  if (!begun || !signals.sampler) return
  begun.sampled = signals.sampler(begun.traceId, endpoint?.template.route)
}

/** Tells who cares of a request whose route is known. */
export function tellOfStart({ endpoint, signals, exchange }: Visit): void {
  const { incoming, trace } = exchange
  signals.events['http.request_started']?.({
    method: nameMethod(incoming.method),
    route: endpoint?.template.route,
    address: incoming.address,
    trace,
  })
}

/** Ends a request with its answer. Only the first end counts: the other came after the deadline. */
export function endVisit(visit: Visit, outgoing: Outgoing, error?: unknown): Outgoing {
  const { exchange, endpoint } = visit
  const { incoming, trace } = exchange
  // An answer that is a stream may be made of the body.
  if (visit.release && !(outgoing.body instanceof ReadableStream)) visit.release(ANSWERED)
  if (visit.ended) return discard(outgoing)
  visit.ended = true
  if (!endpoint) {
    sampleVisit(visit)
    tellOfStart(visit)
  }
  visit.endSpan?.({
    incoming,
    outgoing,
    route: endpoint?.template.route,
    path: shownPath(incoming.path, endpoint),
    error,
    given: error === undefined ? undefined : exchange.given,
  })
  const answered = visit.passage ? visit.passage.seal(outgoing) : outgoing
  const announced = endpoint?.announce ? endpoint.announce(answered) : answered
  return trace ? addTrace(announced, trace) : announced
}

function shownPath(path: string, endpoint: Endpoint | undefined): string {
  if (!endpoint) return showUnknownPath(path)
  return endpoint.showPath ? endpoint.showPath(path) : path
}

const ANSWERED = new PlinthError('body_released', 'The request has been answered.')

function addTrace({ status, headers, body }: Outgoing, trace: TraceContext): Outgoing {
  return { status, headers: { ...headers, traceparent: formatTraceparent(trace) }, body }
}

/** Lets go of a body that nobody will read. */
function discard(outgoing: Outgoing): Outgoing {
  if (outgoing.body instanceof ReadableStream) outgoing.body.cancel().catch(() => {})
  return outgoing
}
