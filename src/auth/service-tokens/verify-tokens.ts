import { decodeProtectedHeader, jwtVerify } from 'jose'
import type { Authenticate, Fetch, Principal } from '../../http/index.ts'
import { assertKnown, type Clock, misuse, PlinthError, systemClock } from '../../kernel/index.ts'
import { assertFunction } from '../options.ts'
import { findBearer } from '../session/credential.ts'
import { isSeconds, LONGEST_TOKEN, toPrincipal } from './claims.ts'
import { createFixedKeys, createPublishedKeys, type PublicKey } from './key-set.ts'

const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const

/** How a token may be signed. None that knows a shared secret is among them. */
export type VerifiedAlgorithm = (typeof ALGORITHMS)[number]

/** Whose tokens are taken, and how they are verified. */
export interface VerifyOptions {
  /** As the tokens name it: the origin of the back end that issues them. */
  readonly issuer: string
  /** The name of this service: tokens for others are refused. */
  readonly audience: string
  /** Where the issuer publishes its keys, or the keys. Default: `/.well-known/jwks.json` of the issuer. */
  readonly jwks?: string | { readonly keys: readonly PublicKey[] }
  /** Default `ES256` and `EdDSA`. */
  readonly algorithms?: readonly [VerifiedAlgorithm, ...VerifiedAlgorithm[]]
  /** Fetches the keys. Default: the platform's. */
  readonly fetch?: Fetch
  /** Default: the machine's. */
  readonly clock?: Clock
}

const OPTIONS = ['issuer', 'audience', 'jwks', 'algorithms', 'fetch', 'clock'] as const
/** Three parts, each of them some: neither what is encrypted (five) nor what is not signed. */
const FORM = /^[\w-]{1,2000}\.[\w-]+\.[\w-]+$/
/** Seconds that clocks may differ. */
const TOLERANCE = 5
/** What a token may say of itself. What brings a key, a nested token or an extension is refused. */
const HEADER: ReadonlySet<string> = new Set(['alg', 'typ', 'kid'])

/**
 * Makes an `authenticate` for a service that has no users of its own: callers are known by tokens that
 * `serviceTokens()`, or any issuer of JWT access tokens (RFC 9068), signed for this audience.
 *
 * The algorithms and keys are those configured here or published by the issuer, never what a token says. A
 * token that is not right in every way is nobody's. Callers have `roles` and `permissions` as the issuer
 * knew them; one whose token is limited has `scopes`, for `permission()`. Rejects with
 * `keys_unreachable` (503) while the keys cannot be fetched; those known serve for an hour then.
 *
 * ```ts
 * import { verifyTokens } from 'plinth/auth/service-tokens'
 * import { type App, createApp, type OperationTree } from 'plinth/http'
 *
 * export function billing(operations: OperationTree): App {
 *   const authenticate = verifyTokens({
 *     issuer: 'https://shop.example',
 *     audience: 'https://billing.example',
 *   })
 *   return createApp({ operations, authenticate })
 * }
 * ```
 */
export function verifyTokens(options: VerifyOptions): Authenticate {
  assertKnown('verifyTokens()', options, OPTIONS)
  const { issuer, audience, algorithms = ['ES256', 'EdDSA'], clock = systemClock } = options
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (typeof value === 'string' && value !== '') continue
    throw misuse(`verifyTokens().${name}`, `is ${JSON.stringify(value)}; expected a text`)
  }
  assertAlgorithms(algorithms)
  assertFunction(options.fetch, 'verifyTokens().fetch', 'fetch')
  assertFunction(clock?.now ?? null, 'verifyTokens().clock', '{ now: Date.now }')
  const findKey = resolveKeys(options, clock)
  const expected = {
    issuer,
    audience,
    algorithms: [...algorithms],
    typ: 'at+jwt',
    clockTolerance: TOLERANCE,
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
  }

  async function verify(token: string): Promise<Principal | null> {
    try {
      if (!isPlain(decodeProtectedHeader(token))) return null
      const now = clock.now()
      const currentDate = new Date(now)
      const { payload } = await jwtVerify(token, findKey, { ...expected, currentDate })
      const { exp, iat } = payload
      if (!isSeconds(exp) || !isSeconds(iat) || iat > now / 1000 + TOLERANCE) return null
      return toPrincipal(payload)
    } catch (error) {
      // A token of whatever form is nobody's. That the keys are not there says nothing of it.
      if (error instanceof PlinthError) throw error
      return null
    }
  }

  return (incoming) => {
    const token = findBearer(incoming)
    return token !== null && token.length <= LONGEST_TOKEN && FORM.test(token)
      ? verify(token)
      : null
  }
}

function isPlain(header: object): boolean {
  return Object.keys(header).every((name) => HEADER.has(name))
}

function assertAlgorithms(given: readonly unknown[]): void {
  const known: readonly unknown[] = ALGORITHMS
  const valid =
    Array.isArray(given) && given.length > 0 && given.every((one) => known.includes(one))
  if (valid) return
  throw misuse(
    'verifyTokens().algorithms',
    `is ${JSON.stringify(given)}; expected some of ${ALGORITHMS.join(', ')}`,
  )
}

function resolveKeys(
  { issuer, jwks = `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`, fetch }: VerifyOptions,
  clock: Clock,
): ReturnType<typeof createFixedKeys> {
  if (typeof jwks !== 'string') return createFixedKeys(jwks?.keys)
  const url = URL.parse(jwks)
  const local = url && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && local))) {
    throw misuse(
      'verifyTokens({ jwks })',
      `is ${JSON.stringify(jwks)}; expected an https URL, or keys where the issuer is none`,
    )
  }
  return createPublishedKeys({
    url,
    clock,
    fetch: fetch ?? ((...given) => globalThis.fetch(...given)),
  })
}
