/** What RFC 6265 allows before a name. Trimming more, such as U+00A0, would respell other names. */
const LEADING_SPACE = /^[\t ]+/

/**
 * Returns the value of one cookie of a `Cookie` header, or null when it is absent. A name that comes
 * twice is null as well: one of them was put there by somebody else, and there is no telling which.
 */
export function readCookie(header: string, name: string): string | null {
  let found: string | null = null
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).replace(LEADING_SPACE, '') !== name) continue
    if (found !== null) return null
    found = pair.slice(equals + 1)
  }
  return found
}

/**
 * Writes the session's cookie. Browsers send it over HTTPS alone (`Secure`; most count localhost),
 * hide it from scripts (`HttpOnly`), keep it from other sites' requests but plain links
 * (`SameSite=Lax`), and take `__Host-` names from no other host.
 */
export function writeCookie(name: string, value: string, seconds: number): string {
  const maxAge = Math.max(0, Math.floor(seconds))
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Lax`
}

/** Writes the cookie that removes the session's. */
export function clearCookie(name: string): string {
  return writeCookie(name, '', 0)
}
