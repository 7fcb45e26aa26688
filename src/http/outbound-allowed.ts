import { assertKnown, misuse, PlinthError } from '../kernel/index.ts'
import type { Fetch } from './outbound.ts'

/** Where the requests that handlers send may go. */
export interface OutboundOptions {
  /**
   * Origins, such as `https://rates.example`, or with a path that all that is asked for lies at or below,
   * such as `https://rates.example/v1`. An empty list lets nothing out.
   */
  readonly allow: readonly string[]
}

/**
 * Creates the `fetch` of handlers. With `allow` it refuses every other scheme, host, port and path with
 * `outbound_refused` (500, the URL in the log alone), before anything is sent.
 *
 * The URL is looked at as `fetch` will read it: `http://0x7f.1` is 127.0.0.1 and `..` is resolved. No
 * answer leads elsewhere: a redirect is refused as well. Who asks with `redirect: 'manual'` is given it, to
 * follow it by another call. Names are taken at their word: a name in the list that leads into one's own
 * network is what a firewall is for.
 */
export function createOutboundFetch(outbound: OutboundOptions | undefined): Fetch {
  // Looked up at each call: telemetry and tests put theirs in its place.
  if (outbound === undefined) return (input, init) => fetch(input, init)
  assertKnown('outbound', outbound, ['allow'])
  if (!Array.isArray(outbound.allow)) throw misuse('outbound: allow', 'expected a list of URLs')
  const places = outbound.allow.map(toPlace)
  return async (input, init) => {
    const request = input instanceof Request ? input : undefined
    const url = request?.url ?? String(input)
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (!target || !places.some((place) => isWithin(target, place))) throw refused(url)
    // What was looked at is what is sent: an object could turn into another text the second time.
    const response = await fetch(request ?? target, { ...init, redirect: 'manual' })
    const asked = init?.redirect ?? request?.redirect
    if (asked === 'manual' || !isRedirect(response)) return response
    response.body?.cancel().catch(() => {})
    throw refused(url, `to follow the redirect of ${url}; ask with redirect: 'manual'`)
  }
}

interface Place {
  readonly origin: string
  /** Without the slash at its end. */
  readonly path: string
}

function toPlace(text: string): Place {
  const { protocol, origin, pathname, username, password, search, hash } = parse(text)
  const plain = username === '' && password === '' && search === '' && hash === ''
  if (!plain || !SCHEMES.includes(protocol)) throw noPlace(text)
  return { origin, path: pathname.endsWith('/') ? pathname.slice(0, -1) : pathname }
}

const SCHEMES = ['https:', 'http:']

function parse(text: string): URL {
  if (typeof text === 'string' && URL.canParse(text)) return new URL(text)
  throw noPlace(text)
}

function noPlace(text: string): PlinthError {
  const expected = 'write an origin or a URL without query, such as https://rates.example/v1'
  return misuse('outbound: allow', `${JSON.stringify(text)} is no place to ask; ${expected}`)
}

function isWithin({ origin, pathname }: URL, place: Place): boolean {
  if (origin !== place.origin) return false
  if (place.path === '') return true
  // Servers that decode a slash would go on to resolve the dots behind it.
  if (/%2f|%5c/i.test(pathname)) return false
  return pathname === place.path || pathname.startsWith(`${place.path}/`)
}

/** Browsers' own rules hide where an answer leads; servers' do not. */
function isRedirect({ type, status, headers }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && headers.has('location'))
}

function refused(url: string, what = `a request to ${url}`): PlinthError<'outbound_refused'> {
  return new PlinthError('outbound_refused', `outbound.allow does not let out ${what}`)
}
