import {
  type Clock,
  createTrace,
  PlinthError,
  type Signals,
  type TraceContext,
} from '../kernel/index.ts'
import type { AppOptions } from './app.ts'
import { withDeadline } from './deadline.ts'
import type { Endpoint } from './endpoint.ts'
import { Exchange } from './exchange.ts'
import { fromResponse } from './fetch.ts'
import { ask } from './guard.ts'
import type { Surroundings } from './handling.ts'
import type { Input } from './input.ts'
import { Passage } from './limits/passage.ts'
import type { Incoming, Outgoing } from './message.ts'
import type { Authenticate } from './operation.ts'
import type { OriginCheck } from './origin.ts'
import { checkPath } from './path.ts'
import { isPublic } from './problem.ts'
import { encodeProblem } from './refusal.ts'
import { reportProblem } from './report.ts'
import { createBaseHeaders } from './response-headers.ts'
import type { Match, Router } from './router.ts'
import type { BeginSpan, EndSpan } from './span.ts'
import { formatTraceparent, parseTraceparent } from './trace.ts'

/** What all requests to an app share. */
export interface Shared extends Surroundings {
  readonly route: Router
  readonly signals: Signals
  readonly clock: Clock
  readonly beginSpan: BeginSpan
  readonly checkOrigin: OriginCheck
  readonly authenticate: Authenticate
  readonly fallback: AppOptions['fallback']
  readonly timeout: number
}

/** A request on its way, and what is known of it so far. */
interface Visit {
  readonly exchange: Exchange
  readonly secure: boolean
  readonly signals: Signals
  readonly endSpan: EndSpan | undefined
  endpoint: Endpoint | undefined
  /** What its limits say, when it has any. */
  passage: Passage | undefined
  /** Ends a body that is still arriving. */
  release: Input['release']
  ended: boolean
}

/**
 * Leads a request to its answer: trace, route, origin, authentication, guard, validation, handler,
 * encoding, end of the span. Never rejects: whatever is thrown becomes a problem document.
 *
 * Steps that answer at once are not awaited, so a request that needs nothing slow is answered in one
 * turn and needs no timer.
 */
export function handleRequest(incoming: Incoming, shared: Shared): Promise<Outgoing> {
  const visit = begin(incoming, shared)
  const work = answer(visit, shared)
  if (visit.ended) return work
  return withDeadline(work, visit.endpoint?.timeout ?? shared.timeout, (error) => {
    visit.exchange.expire(error)
    return fail(visit, shared, error)
  })
}

function begin(incoming: Incoming, { signals, beginSpan }: Shared): Visit {
  const traced = signals.spans || signals.logs
  const parent = traced
    ? parseTraceparent(incoming.header('traceparent'), incoming.header('tracestate'))
    : undefined
  const trace = traced ? createTrace(parent) : undefined
  return {
    exchange: new Exchange(incoming, signals, trace),
    secure: incoming.origin.startsWith('https:'),
    signals,
    endSpan: trace && signals.spans ? beginSpan(trace, parent) : undefined,
    endpoint: undefined,
    passage: undefined,
    release: undefined,
    ended: false,
  }
}

async function answer(visit: Visit, shared: Shared): Promise<Outgoing> {
  const { exchange } = visit
  const { incoming } = exchange
  try {
    checkPath(incoming.path)
    const match = shared.route(incoming.path)
    if (!match) return end(visit, await answerElsewhere(incoming, shared))
    if (incoming.method === 'OPTIONS') return end(visit, describeMethods(match, visit.secure))
    const endpoint = findEndpoint(match, incoming.method)
    visit.endpoint = endpoint

    if (endpoint.unsafe) shared.checkOrigin(incoming)
    const { limits } = endpoint
    if (limits) {
      visit.passage = new Passage(exchange, endpoint.id)
      const passing = limits.early?.(visit.passage)
      if (passing) await passing
    }
    const principal = shared.authenticate(incoming, exchange)
    exchange.principal = principal instanceof Promise ? await principal : principal
    exchange.actor = ask(endpoint.guard, exchange.principal, shared.clock)
    if (visit.passage) {
      const passing = limits?.late?.(visit.passage)
      if (passing) await passing
    }

    endpoint.checkAccept?.(incoming)
    const reading = endpoint.readInput(incoming, match.segments)
    const input = reading instanceof Promise ? await reading : reading
    exchange.params = input.params
    exchange.query = input.query
    exchange.headers = input.headers
    exchange.cookies = input.cookies
    visit.release = input.release
    exchange.body = input.body

    const handling = endpoint.handle(exchange, shared)
    const given = handling instanceof Promise ? await handling : handling
    return end(visit, endpoint.encode(given, visit))
  } catch (error) {
    return fail(visit, shared, error)
  } finally {
    // Now, and not at the deadline: what outlives it is still at work.
    visit.passage?.leave()
  }
}

function findEndpoint({ resource }: Match, method: string): Endpoint {
  const endpoint = resource.endpoints.get(method)
  if (endpoint) return endpoint
  throw new PlinthError('method_not_allowed', `Use one of: ${resource.allow}.`, {
    status: 405,
    headers: { allow: resource.allow },
  })
}

const NO_BODY = createBaseHeaders(null)

function describeMethods({ resource }: Match, secure: boolean): Outgoing {
  const base = secure ? NO_BODY.https : NO_BODY.http
  return { status: 204, headers: { ...base, allow: resource.allow }, body: null }
}

async function answerElsewhere(incoming: Incoming, { fallback }: Shared): Promise<Outgoing> {
  if (fallback) return fromResponse(await fallback(incoming.request))
  throw new PlinthError('not_found', 'There is nothing at this path.', { status: 404 })
}

/** Ends a request with a problem document. */
function fail(visit: Visit, shared: Shared, thrown: unknown): Outgoing {
  const { exchange } = visit
  const gone = !isPublic(thrown) && exchange.incoming.signal.aborted
  const error = gone ? CLIENT_GONE : thrown
  try {
    return refuse(visit, shared, error)
  } catch (unsendable) {
    return refuse(visit, shared, unsendable)
  }
}

/** The status that servers' logs know for it; nobody is there to read the answer. */
const CLIENT_GONE = new PlinthError('client_gone', 'The client closed the request.', {
  status: 499,
})

function refuse(visit: Visit, { signals }: Shared, error: unknown): Outgoing {
  const outgoing = encodeProblem(error, visit.secure)
  if (!visit.ended) {
    reportProblem(visit.exchange, signals, {
      name: `${visit.exchange.incoming.method} ${visit.endpoint?.template.route ?? 'without route'}`,
      status: outgoing.status,
      error,
    })
  }
  return end(visit, outgoing, outgoing.status < 500 ? undefined : error)
}

/** Ends a request with its answer. Only the first end counts: the other came after the deadline. */
function end(visit: Visit, outgoing: Outgoing, error?: unknown): Outgoing {
  const { exchange, endpoint } = visit
  const { incoming, trace } = exchange
  // An answer that is a stream may be made of the body.
  if (visit.release && !(outgoing.body instanceof ReadableStream)) visit.release(ANSWERED)
  if (visit.ended) return discard(outgoing)
  visit.ended = true
  visit.endSpan?.({ incoming, outgoing, route: endpoint?.template.route, error })
  const answered = visit.passage ? visit.passage.seal(outgoing) : outgoing
  const announced = endpoint?.announce ? endpoint.announce(answered) : answered
  return trace ? addTrace(announced, trace) : announced
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
