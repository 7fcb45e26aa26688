import type { Incoming, Outgoing } from './message.ts'

/** Adds to an answer what lets a script of a trusted origin read it. */
export type Share = (incoming: Incoming, outgoing: Outgoing) => Outgoing

/** Seconds for which a browser need not ask again. */
const MAX_AGE = '600'
/** A list of header names, as browsers write them (RFC 9110, section 5.6.2). */
const NAMES = /^[!#$%&'*+.^_`|~0-9a-z-]+( ?, ?[!#$%&'*+.^_`|~0-9a-z-]+)*$/i

/**
 * Creates what shares answers with scripts of the trusted origins, cookies included (CORS, Fetch
 * standard, section 3.2): they may send what the app's own scripts may, and read what those may. An
 * answer that brings its own `Access-Control-Allow-Origin` is left alone.
 */
export function createShare(trustedOrigins: readonly string[]): Share {
  const trusted = new Set(trustedOrigins)
  return (incoming, { status, headers, body }) => {
    if (headers['access-control-allow-origin'] !== undefined) return { status, headers, body }
    const origin = incoming.header('origin')
    const added =
      origin !== null && trusted.has(origin)
        ? { ...permission(origin, headers), ...preflight(incoming, headers) }
        : {}
    // Whoever stores the answer must not give it to another origin.
    const vary = [headers['vary'] ?? [], 'origin'].flat().join(', ')
    return { status, headers: { ...headers, ...added, vary }, body }
  }
}

function permission(origin: string, headers: Outgoing['headers']): Record<string, string> {
  const readable = Object.keys(headers).filter((name) => name !== 'set-cookie')
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': readable.join(', '),
  }
}

/** The answer to what a browser asks before it sends more than a form could. */
function preflight(incoming: Incoming, { allow }: Outgoing['headers']): Record<string, string> {
  if (incoming.method !== 'OPTIONS' || typeof allow !== 'string') return {}
  const wanted = incoming.header('access-control-request-headers') ?? ''
  return {
    'access-control-allow-methods': allow,
    'access-control-max-age': MAX_AGE,
    ...(NAMES.test(wanted) && { 'access-control-allow-headers': wanted }),
  }
}
