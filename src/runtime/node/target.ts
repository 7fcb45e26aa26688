/** A request-target, taken apart (RFC 9112 section 3.2). */
export interface Target {
  /** As sent, beginning with `/`. */
  readonly path: string
  /** As sent, without the `?`. */
  readonly query: string
  /** Named only by the absolute form that is sent to proxies. */
  readonly authority: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** Parses the origin form and the absolute form. Undefined is anything else. */
export function parseTarget(url: string): Target | undefined {
  // A fragment is never sent (RFC 9110 section 4.2.5); readers of URLs would cut the path at it.
  if (url.includes('#')) return undefined
  if (url.startsWith('/')) return split(url, undefined)
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? []
  if (authority === undefined) return undefined
  return split(rest.startsWith('/') ? rest : `/${rest}`, authority)
}

function split(url: string, authority: string | undefined): Target {
  const at = url.indexOf('?')
  if (at === -1) return { path: url, query: '', authority }
  return { path: url.slice(0, at), query: url.slice(at + 1), authority }
}

/**
 * Returns the maker of origins from a scheme and a Host header. Undefined is a malformed host: names,
 * IPv4 and bracketed IPv6 addresses, each with an optional port, are all there is.
 */
export function createOrigins(): (scheme: string, host: string) => string | undefined {
  // A server has few names, and nearly every request carries the one that the last one carried.
  let lastScheme = ''
  let lastHost = ''
  let lastOrigin = ''
  return (scheme, host) => {
    if (host === lastHost && scheme === lastScheme && host !== '') return lastOrigin
    if (!HOST.test(host)) return undefined
    const origin = `${scheme}://${withoutDefaultPort(scheme, host.toLowerCase())}`
    lastScheme = scheme
    lastHost = host
    lastOrigin = origin
    return origin
  }
}

/** Browsers leave the scheme's own port out of `Origin`, so it is left out here too. */
function withoutDefaultPort(scheme: string, host: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}
