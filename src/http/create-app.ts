import { createSignals, misuse, systemClock } from '../kernel/index.ts'
import type { AppLimits, AppOptions, Limits } from './app.ts'
import { checkLimit, createEndpoint } from './endpoint.ts'
import { fromRequest, toResponse } from './fetch.ts'
import { createLimits } from './limits/endpoint-limits.ts'
import type { App, Incoming } from './message.ts'
import { listOperations } from './operations.ts'
import { createOriginCheck } from './origin.ts'
import { createOutboundFetch } from './outbound-allowed.ts'
import { readRedirects } from './redirect.ts'
import { handleRequest, type Shared } from './request.ts'
import { createRouter } from './router.ts'
import { createShare } from './sharing.ts'
import { createShed } from './shedding.ts'
import { createSpanBeginner } from './span.ts'

const LIMITS: Limits = { bodyBytes: 262_144, jsonDepth: 32, timeout: 30_000 }

/**
 * Builds the app that answers a tree of operations, on Hono's routers.
 *
 * Mistakes in the tree fail here, as `misuse` naming the operation: two operations on one method and
 * path (names of parameters aside), a path parameter without a key in `params` or the reverse, names
 * that are no identifiers, a body on GET, `idempotent` without a transaction, statuses that are none.
 *
 * Every refusal is a problem document (RFC 9457): 400 for what cannot be read, 401, 403, 404, 405
 * with `Allow`, 413, 415, 422 with `issues` for what was read and is not wanted, 503 after the time
 * limit. Errors of the server are logged with their causes and answered with one general sentence.
 *
 * ```ts
 * import { createApp } from 'plinth/http'
 *
 * const app = createApp({ operations: {} })
 * const response = await app.fetch(new Request('https://shop.example/notes'))
 * console.log(response.status) // 404
 * ```
 */
export function createApp(options: AppOptions): App {
  const { signals = createSignals(), clock = systemClock, onClose } = options
  const { requests, ...bounds } = options.limits ?? {}
  const limits = resolveLimits(bounds)
  const limitsOf = createLimits({ requests, clock, database: options.limitStore })
  const redirects = readRedirects(options.redirects, options.trustedOrigins)
  const endpoints = Array.from(listOperations(options.operations), ([id, operation]) => ({
    ...createEndpoint(id, operation, { limits, compress: options.compress ?? true, redirects }),
    limits: limitsOf(id, operation.spec),
  }))
  const shared: Shared = {
    route: createRouter(endpoints),
    signals,
    clock,
    fetch: createOutboundFetch(options.outbound),
    confined: options.outbound !== undefined,
    beginSpan: createSpanBeginner(signals, clock),
    checkOrigin: createOriginCheck(options.trustedOrigins),
    authenticate: options.authenticate ?? (() => null),
    around: options.around ?? ((_operation, _context, handler) => handler({})),
    services: options.services ?? (() => ({})),
    write: options.write ?? ((_operation, answer) => answer),
    fallback: options.fallback,
    timeout: limits.timeout,
  }
  const { trustedOrigins = [] } = options
  const share = trustedOrigins.length > 0 ? createShare(trustedOrigins) : undefined
  const handle = share
    ? async (incoming: Incoming) => share(incoming, await handleRequest(incoming, shared))
    : (incoming: Incoming) => handleRequest(incoming, shared)
  const refuse = createShed(endpoints, signals)
  return {
    fetch: async (request) => toResponse(await handle(fromRequest(request)), request.method),
    handle,
    shed(incoming) {
      const outgoing = refuse(incoming)
      return outgoing && share ? share(incoming, outgoing) : outgoing
    },
    close: async () => onClose?.(),
  }
}

function resolveLimits(limits: Omit<AppLimits, 'requests'>): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in LIMITS)) throw misuse('limits', `"${name}" is unknown; there are ${NAMES}`)
    checkLimit(value, name as keyof Limits, `limits.${name}`)
  }
  return { ...LIMITS, ...limits }
}

const NAMES = [...Object.keys(LIMITS), 'requests'].join(', ')
