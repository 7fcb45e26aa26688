const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

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
