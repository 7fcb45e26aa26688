import type { Fetch } from '../../http/index.ts'
import { isPublicHost } from '../../http/index.ts'

/** Milliseconds that a provider may take to answer. */
const PATIENCE = 10_000
/** Bytes of an answer: key sets and metadata of the largest providers have a tenth of that. */
const LARGEST = 256 * 1024

/** How providers are asked: `oauth4webapi` takes it in the place of `fetch`. */
export type Ask = (url: string, init: Asking) => Promise<Response>

interface Asking {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: URLSearchParams | undefined
}

/**
 * Creates the function that asks a provider, for one request. It follows no redirect, gives up after ten
 * seconds or when the request does, reads no more than 256 KiB, and goes nowhere but to places that
 * `assertReachable` takes.
 */
export function createAsk(fetch: Fetch, issuer: string): Ask {
  return async (url, { method = 'GET', headers: sent = {}, body = null }) => {
    assertReachable(url, issuer)
    const signal = AbortSignal.timeout(PATIENCE)
    const init = { method, headers: sent, body, redirect: 'manual', signal } as const
    const response = await fetch(url, init)
    const { status, headers, type } = response
    if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      response.body?.cancel().catch(() => {})
      throw new Error(`the provider redirects from ${placeOf(url)}`)
    }
    const kept = new Headers()
    for (const name of ['content-type', 'www-authenticate']) {
      const value = headers.get(name)
      if (value !== null) kept.set(name, value)
    }
    const bytes = await readBounded(response, url)
    return new Response(BODILESS.has(status) ? null : bytes, { status, headers: kept })
  }
}

const BODILESS: ReadonlySet<number> = new Set([204, 205])

/**
 * Throws unless a URL is one that a provider of this issuer may have us ask, or lead people to: by https, on
 * a public host. What the team itself has named, the origin of the issuer, may also be inside, and of
 * localhost without TLS, for development.
 */
export function assertReachable(url: unknown, issuer: string): void {
  const target = typeof url === 'string' ? URL.parse(url) : null
  if (!target) throw new Error('the provider names a place that is no URL')
  const { protocol, username, password, origin, hostname } = target
  if (username !== '' || password !== '')
    throw new Error('the provider names a URL with a password')
  if (origin === new URL(issuer).origin && isIssuer(issuer)) return
  if (protocol !== 'https:') throw new Error(`the provider names ${origin}, which is not https`)
  if (!isPublicHost(hostname)) throw new Error(`the provider names ${origin}, which is not public`)
}

const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

/** Tests whether text is a URL that an issuer can have (OpenID Connect Discovery 1.0, section 3). */
export function isIssuer(text: unknown): text is string {
  const url = typeof text === 'string' ? URL.parse(text) : null
  // Nothing beside scheme, host and path.
  if (!url || url.origin + url.pathname !== url.href) return false
  return url.protocol === 'https:' || isInsecure(url.href)
}

/** Whether an issuer is a local one without TLS. */
export function isInsecure(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer)
  return protocol === 'http:' && LOCAL.test(hostname)
}

async function readBounded(response: Response, url: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > LARGEST) throw new Error(`the provider's answer from ${placeOf(url)} is too large`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** A URL without what could be secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
