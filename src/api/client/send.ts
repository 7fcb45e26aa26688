import { readAnswer } from './answer.ts'
import { exchange, type Prepared } from './exchange.ts'
import { toFailure } from './failure.ts'
import type { Route } from './manifest.ts'
import type { ClientOptions, Fetch } from './options.ts'
import { initOf, type Parts, targetOf } from './request.ts'
import { repeat, type Safety } from './retry.ts'
import { newTraceparent, randomHex } from './trace.ts'
import type { Answer } from './types.ts'

/** Sends a call, again where that is needed and safe, and reads its answer. */
export type Send = (name: string, route: Route, parts: Parts) => Promise<Answer>

/** Creates what sends calls to an app: to its base URL, or into itself. */
export function createSender(
  target: string | { readonly fetch: Fetch },
  options: ClientOptions,
): Send {
  if (typeof target === 'string') assertBase(target)
  const base = typeof target === 'string' ? target.replace(/(?<!\/)\/+$/, '') : 'http://localhost'
  const fetch = options.fetch ?? (typeof target === 'string' ? webFetch : target.fetch)
  const { credentials } = options

  return async (name, route, given) => {
    const { signal, timeout = options.timeout, retries = options.retries } = given
    signal?.throwIfAborted()
    const parts = withKey(route, given, options)
    const init = initOf(route, parts, await commonHeaders(options))
    const call: Prepared = {
      name,
      base,
      target: targetOf(name, route[1], parts),
      init: credentials ? { ...init, credentials } : init,
      fetch,
      timeout,
      headersOf: createTracer(name, options),
    }
    const source = {
      name,
      signal,
      reopen: (lastEventId: string, ended: AbortSignal) =>
        exchange(call, (response) => response, { signal: ended, lastEventId }),
    }
    const attempt = (): Promise<Answer> =>
      exchange(call, (response) => readAnswer(response, route, source), { signal }).catch(
        (error: unknown) => {
          signal?.throwIfAborted()
          return toFailure(error)
        },
      )
    // A stream is gone once it was sent.
    const limited = parts.body instanceof ReadableStream ? 0 : retries
    return repeat(attempt, safetyOf(route, parts), limited, signal)
  }
}

/** Nothing, or a path, is below the page's own origin. */
function assertBase(target: string): void {
  if (/^([a-z][a-z0-9+.-]*:\/\/|\/|$)/i.test(target)) return
  throw new TypeError(`client(): "${target}" is no base URL, such as http://localhost:3000`)
}

/** Looked up at each call: tests and tracing tools replace the global one. */
const webFetch: Fetch = (request) => globalThis.fetch(request)

async function commonHeaders({ headers, token }: ClientOptions): Promise<Headers> {
  const all = new Headers(typeof headers === 'function' ? await headers() : headers)
  const bearer = typeof token === 'function' ? await token() : token
  if (bearer) all.set('authorization', `Bearer ${bearer}`)
  return all
}

function withKey([, , hints]: Route, parts: Parts, { idempotencyKeys }: ClientOptions): Parts {
  const wanted = idempotencyKeys && hints?.idempotent && parts.idempotencyKey === undefined
  return wanted ? { ...parts, idempotencyKey: randomHex(16) } : parts
}

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

function safetyOf([method, , hints]: Route, { idempotencyKey }: Parts): Safety {
  // An operation that does not honour the key would do its work twice.
  const keyed = idempotencyKey !== undefined && (!hints || hints.idempotent === true)
  return { idempotent: keyed || IDEMPOTENT.has(method), keyed }
}

/** The attempts of a call are spans of one trace. */
function createTracer(name: string, { trace }: ClientOptions): Prepared['headersOf'] {
  if (!trace) return () => ({})
  if (trace !== true) return () => ({ traceparent: trace(name) })
  const traceId = randomHex(16)
  return () => ({ traceparent: newTraceparent(traceId) })
}
