import { misuse } from '../kernel/index.ts'
import { trimBlanks } from './text.ts'

/** Where a cookie is sent and what may read it. */
export interface CookieOptions {
  /** Seconds until it is forgotten; 0 removes it. Default: it lasts as long as the browser's session. */
  readonly maxAge?: number
  /** Default `/`. */
  readonly path?: string
  /** Sends it to this domain and all below it. Default: to the host that set it alone. */
  readonly domain?: string
  /** Whether it is sent over HTTPS (and to localhost) alone. Default true. */
  readonly secure?: boolean
  /** Whether scripts cannot read it. Default true. */
  readonly httpOnly?: boolean
  /** Default `Lax`. `None` needs `secure`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None'
}

/**
 * Reads a `Cookie` header. Values are given as they came: not decoded, quotes kept.
 *
 * A name that comes twice is left out: one of the two was put there by somebody else, such as a
 * neighbouring subdomain, and there is no telling which.
 *
 * ```ts
 * import { parseCookies } from 'plinth/http'
 *
 * console.log(parseCookies('theme=dark; a=1; a=2').get('theme')) // dark
 * ```
 */
export function parseCookies(header: string | null): ReadonlyMap<string, string> {
  return readCookies(header).cookies
}

/** What a `Cookie` header holds. */
export interface Cookies {
  /** Those that came once. */
  readonly cookies: ReadonlyMap<string, string>
  /** The names of those that came more than once. */
  readonly repeated: ReadonlySet<string>
}

/** Reads a `Cookie` header and tells what was left out. */
export function readCookies(header: string | null): Cookies {
  const cookies = new Map<string, string>()
  const repeated = new Set<string>()
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals === -1) continue
    // What RFC 6265 lets stand around names and values; trimming more would respell other names.
    const name = trimBlanks(pair.slice(0, equals))
    if (cookies.has(name)) repeated.add(name)
    cookies.set(name, trimBlanks(pair.slice(equals + 1)))
  }
  for (const name of repeated) cookies.delete(name)
  return { cookies, repeated }
}

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const VALUE = /^[!#-+\--:<-[\]-~]*$/
const PATH = /^\/[ -:<-~]*$/
const DOMAIN = /^[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i
/** What browsers keep of name and value together (RFC 6265bis, section 5.6). */
const LENGTH = 4096

/**
 * Writes a `Set-Cookie` header (RFC 6265bis). Throws `misuse` for what a browser would drop, cut
 * short or read as something else: characters outside the cookie's alphabet (encode other texts
 * yourself, in base64url for instance), and `__Host-` or `__Secure-` names without what they demand.
 *
 * ```ts
 * import { serializeCookie } from 'plinth/http'
 *
 * const header = serializeCookie('__Host-theme', 'dark', { maxAge: 86_400 })
 * console.log(header) // __Host-theme=dark; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax
 * ```
 */
export function serializeCookie(name: string, value: string, options: CookieOptions = {}): string {
  const { path = '/', domain, maxAge, secure = true, httpOnly = true, sameSite = 'Lax' } = options
  const problem = findProblem(name, value, { ...options, path, secure, sameSite })
  if (problem !== undefined) throw misuse(`cookie ${JSON.stringify(name)}`, problem)
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    `SameSite=${sameSite}`,
  ].join('; ')
}

/** What stands against a cookie, without the value, which may be a secret. */
function findProblem(
  name: string,
  value: string,
  { path = '/', domain, maxAge, secure, sameSite }: CookieOptions,
): string | undefined {
  if (!NAME.test(name)) return 'the name is no token (RFC 9110, section 5.6.2)'
  if (!VALUE.test(value)) return 'the value has characters that a cookie cannot hold'
  if (name.length + value.length > LENGTH) return `name and value exceed ${LENGTH} characters`
  if (!PATH.test(path)) return `path ${JSON.stringify(path)} is no path`
  if (domain !== undefined && !DOMAIN.test(domain)) {
    return `domain ${JSON.stringify(domain)} is no host name`
  }
  if (maxAge !== undefined && !Number.isSafeInteger(maxAge)) return `maxAge ${maxAge} is no integer`
  if (!['Strict', 'Lax', 'None'].includes(sameSite ?? '')) return `sameSite is "${sameSite}"`
  if (sameSite === 'None' && !secure) return 'sameSite None needs secure'
  // Browsers recognise the prefixes in any case.
  if (/^__(?:Secure|Host)-/i.test(name) && !secure) return 'a name with this prefix needs secure'
  if (/^__Host-/i.test(name) && (path !== '/' || domain !== undefined)) {
    return 'a __Host- name needs the path "/" and no domain'
  }
  return undefined
}
