import type { Principal } from '../../http/index.ts'

/** What a token says of whoever it was issued to (RFC 9068, section 2.2). */
export interface CallerClaims {
  readonly sub: string
  /** The API key that asked for it. */
  readonly client_id?: string
  readonly roles?: readonly string[]
  /** What they may do: section 2.2.3.1. Of a token with a scope that says it. */
  readonly entitlements?: readonly string[]
  /** The permissions that the token is limited to, with spaces between. */
  readonly scope?: string
  readonly acr?: 'aal1' | 'aal2'
  /** Seconds since the Unix epoch. */
  readonly auth_time?: number
}

/** What is said of a caller in a token that is limited to `scopes`, or not limited. */
export function toClaims(
  principal: Principal,
  scopes: readonly string[] | undefined,
): CallerClaims {
  const { actor, kind, sessionId, assurance, authenticatedAt } = principal
  const { permissions = [] } = actor
  return {
    sub: actor.id,
    ...(kind === 'key' && { client_id: sessionId }),
    ...(scopes ? { scope: scopes.join(' ') } : { roles: actor.roles, entitlements: permissions }),
    ...(assurance && { acr: `aal${assurance}` as const }),
    ...(authenticatedAt !== undefined && { auth_time: Math.floor(authenticatedAt / 1000) }),
  }
}

/** Characters of a token: what is longer is neither issued nor looked at. */
export const LONGEST_TOKEN: number = 8192
/** Lists and texts longer than these are refused. */
const MOST = 1000
const LONGEST = 400

/** The caller whom the claims of a verified token tell of; null when one is not as it has to be. */
export function toPrincipal(claims: Readonly<Record<string, unknown>>): Principal | null {
  const { sub, jti, scope, roles = [], entitlements = [], acr, auth_time: authTime } = claims
  if (!isName(sub) || !isName(jti) || !isNames(roles) || !isNames(entitlements)) return null
  if (scope !== undefined && typeof scope !== 'string') return null
  if (authTime !== undefined && !isSeconds(authTime)) return null
  const about = {
    credential: 'bearer',
    kind: 'token',
    sessionId: jti,
    assurance: acr === 'aal2' ? 2 : 1,
    ...(authTime !== undefined && { authenticatedAt: authTime * 1000 }),
  } as const
  if (scope === undefined) return { actor: { id: sub, roles, permissions: entitlements }, ...about }
  const scopes = scope.split(' ').filter((name) => name !== '')
  return { actor: { id: sub, roles: [], permissions: scopes }, scopes, ...about }
}

/** Numbers of seconds alone: no text, and none that has no end, as JSON can write (`1e999`). */
export function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MOST && value.every(isName)
}
