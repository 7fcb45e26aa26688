import { type App, type Client, createProxyTrust, toResponse } from '../http/index.ts'
import { beginExchange, type Exchange } from './exchange.ts'
import { framed } from './framing.ts'
import { createOrigins } from './origin.ts'
import { failed, malformed, problemOf, type Refusal, unsupported } from './refusal.ts'

/** An app behind a runtime that hands over a `Request` and writes out a `Response`. */
export interface FetchServer {
  /** Answers a request from the peer at this address. Never rejects. */
  answer(request: Request, peer: string | undefined): Promise<Response>
  /** Ends each connection with its next answer from now on. */
  drain(): void
  /** Ends the streams of events and opens none any more: they would hold up whoever closes. */
  endEvents(): void
  /** Aborts what runs. */
  abort(): void
  /** Resolves when no handler runs and no answer is being streamed. */
  settled(): Promise<void>
}

interface Ports {
  readonly app: App
  readonly trustedProxies: readonly string[]
  readonly onError: (error: unknown) => void
}

/** Creates the part that Bun and Deno have in common. */
export function createFetchServer({ app, trustedProxies, onError }: Ports): FetchServer {
  const admit = createAdmission(trustedProxies)
  const running = new Set<Exchange>()
  let draining = false
  let closing = false
  let settle: (() => void) | undefined

  return {
    async answer(request, peer) {
      const client = admit(request, peer)
      if ('code' in client) return refuse(client)
      const exchange = beginExchange({ request, client, onError, onEnd: end })
      running.add(exchange)
      try {
        const outgoing = framed(await app.handle(exchange.incoming), request.method)
        const response = toResponse(exchange.send(outgoing), request.method)
        if (draining) response.headers.set('connection', 'close')
        if (closing) exchange.endEvents()
        return response
      } catch (error) {
        onError(error)
        exchange.abort(error)
        exchange.end()
        return refuse(failed)
      }
    },
    drain() {
      draining = true
    },
    endEvents() {
      closing = true
      for (const exchange of running) exchange.endEvents()
    },
    abort() {
      const reason = new DOMException('The server is closing.', 'AbortError')
      for (const exchange of running) exchange.abort(reason)
    },
    settled() {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (running.size === 0) resolve()
      else settle = resolve
      return promise
    },
  }

  function end(exchange: Exchange): void {
    running.delete(exchange)
    letGo(exchange.incoming.request)
    if (running.size === 0) settle?.()
  }
}

/** Lets go of what nobody has read of a body: Deno holds the connection for as long as it is there. */
function letGo({ method, body }: Request): void {
  if (method === 'GET' || method === 'HEAD' || !body || body.locked) return
  body.cancel().catch(() => {})
}

function createAdmission(
  trustedProxies: readonly string[],
): (request: Request, peer: string | undefined) => Client | Refusal {
  const trust = createProxyTrust(trustedProxies)
  const originOf = createOrigins()
  return (request, peer) => {
    if (request.method === 'TRACE') return unsupported
    const [, scheme = '', authority = ''] = URL_HEAD.exec(request.url) ?? []
    // Runtimes paste the header into the URL unread: with a slash in it, it would choose the path.
    const host = request.headers.get('host') ?? ''
    const own = originOf(scheme, host)
    if (own === undefined) return malformed('The header host is malformed.')
    if (originOf(scheme, authority) !== own || request.url.includes('#')) {
      return malformed('The request target is malformed.')
    }
    const client = trust(peer, (name) => request.headers.get(name))
    const origin = originOf(client.proto ?? scheme, client.host ?? host)
    return { address: client.address, origin }
  }
}

/** The scheme and the authority of a request's URL. */
export const URL_HEAD: RegExp = /^(https?):\/\/([^/]+)\//

/** The answer to a refused request. */
export function refuse(refusal: Refusal): Response {
  return new Response(problemOf(refusal), {
    status: refusal.status,
    headers: { 'content-type': 'application/problem+json', connection: 'close' },
  })
}
