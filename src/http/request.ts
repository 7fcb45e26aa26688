import { type Clock, PlinthError } from '../kernel/index.ts'
import type { AppOptions } from './app.ts'
import { withDeadline } from './deadline.ts'
import type { Endpoint } from './endpoint.ts'
import { fail } from './failure.ts'
import { fromResponse } from './fetch.ts'
import { ask } from './guard.ts'
import type { Surroundings } from './handling.ts'
import type { Input } from './input.ts'
import { Passage } from './limits/passage.ts'
import type { Incoming, Outgoing } from './message.ts'
import type { Authenticate } from './operation.ts'
import type { OriginCheck } from './origin.ts'
import { checkPath } from './path.ts'
import { createBaseHeaders } from './response-headers.ts'
import type { Match, Router } from './router.ts'
import {
  beginVisit,
  endVisit,
  sampleVisit,
  tellOfStart,
  type Visit,
  type VisitPorts,
} from './visit.ts'

/** What all requests to an app share. */
export interface Shared extends Surroundings, VisitPorts {
  readonly route: Router
  readonly clock: Clock
  readonly checkOrigin: OriginCheck
  readonly authenticate: Authenticate
  readonly fallback: AppOptions['fallback']
  readonly timeout: number
}

/**
 * Leads a request to its answer: trace, route, origin, authentication, guard, limits, input, middleware
 * and handler, encoding, end of the span. Never rejects: whatever is thrown becomes a problem document.
 *
 * Steps that answer at once are not awaited, so a request that needs nothing slow is answered in one
 * turn and needs no timer.
 */
export function handleRequest(incoming: Incoming, shared: Shared): Promise<Outgoing> {
  const visit = beginVisit(incoming, shared)
  const work = answer(visit, shared)
  if (visit.ended) return work
  return withDeadline(work, {
    milliseconds: visit.endpoint?.timeout ?? shared.timeout,
    from: incoming.endOfTurn?.(),
    giveUp(error) {
      visit.exchange.expire(error)
      return fail(visit, error)
    },
  })
}

async function answer(visit: Visit, shared: Shared): Promise<Outgoing> {
  const { exchange } = visit
  const { incoming } = exchange
  try {
    checkPath(incoming.path)
    const match = shared.route(incoming.path)
    if (!match) return endVisit(visit, await answerElsewhere(incoming, shared))
    if (incoming.method === 'OPTIONS') return endVisit(visit, describeMethods(match, visit.secure))
    const endpoint = findEndpoint(match, incoming.method)
    visit.endpoint = endpoint
    sampleVisit(visit)
    tellOfStart(visit)

    if (endpoint.checksOrigin) shared.checkOrigin(incoming)
    const entering = passEarlyLimits(visit, endpoint)
    if (entering) await entering
    const principal = shared.authenticate(incoming, exchange)
    exchange.principal = principal instanceof Promise ? await principal : principal
    exchange.actor = ask(endpoint.guard, exchange, shared.clock)
    const passing = passLateLimits(visit, endpoint)
    if (passing) await passing
    endpoint.checkAccept?.(incoming)
    const reading = endpoint.readInput(incoming, match.segments)
    takeInput(visit, reading instanceof Promise ? await reading : reading)
    const handling = endpoint.handle(exchange, shared)
    const given = handling instanceof Promise ? await handling : handling
    return endVisit(visit, endpoint.encode(given, visit))
  } catch (error) {
    return fail(visit, error)
  } finally {
    // Now, and not at the deadline: what outlives it is still at work.
    visit.passage?.leave()
  }
}

/** Those that need not know who is calling. */
function passEarlyLimits(visit: Visit, { id, limits }: Endpoint): Promise<void> | undefined {
  if (!limits) return undefined
  visit.passage = new Passage(visit.exchange, id)
  return limits.early?.(visit.passage)
}

function passLateLimits({ passage }: Visit, { limits }: Endpoint): Promise<void> | undefined {
  return passage && limits?.late?.(passage)
}

function takeInput(visit: Visit, input: Input): void {
  const { exchange } = visit
  exchange.params = input.params
  exchange.query = input.query
  exchange.headers = input.headers
  exchange.cookies = input.cookies
  exchange.body = input.body
  visit.release = input.release
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
