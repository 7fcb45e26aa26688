import { type CryptoKey, createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Fetch } from '../../http/index.ts'
import { type Clock, misuse, PlinthError } from '../../kernel/index.ts'

/** A public key as a JWK (RFC 7517). */
export interface PublicKey {
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly kid?: string
  readonly alg?: string
  readonly [member: string]: unknown
}

type FindKey = JWTVerifyGetKey<CryptoKey>

const MINUTE = 60_000
/** How long keys are used without a look at the issuer's. */
const FRESH = 10 * MINUTE
/** How long they are used while the issuer cannot be reached. */
const STALE = 60 * MINUTE
/** How often a key that is not known makes us look again, and a failure try again. */
const COOLDOWN = 30_000
const PATIENCE = 5000
const LARGEST = 64 * 1024
const MOST_KEYS = 100

/** Finds keys among those that were given. Throws `misuse` for a set that is none, and for secret keys. */
export function createFixedKeys(keys: readonly PublicKey[]): FindKey {
  const place = 'verifyTokens({ jwks })'
  if (!Array.isArray(keys) || keys.length === 0) throw misuse(place, 'expected keys')
  if (keys.length !== keys.filter(isPublic).length) {
    throw misuse(place, 'expected public keys of the kinds EC, OKP and RSA alone')
  }
  return toFindKey(keys)
}

/**
 * Finds keys among those that the issuer publishes. They are fetched when they are first needed, when they
 * are old, and for a key that is not known: then at most every 30 seconds, whatever tokens come.
 */
export function createPublishedKeys(ports: { url: URL; fetch: Fetch; clock: Clock }): FindKey {
  const { url, fetch, clock } = ports
  let known: { readonly find: FindKey; readonly at: number } | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<FindKey> | undefined

  const hasCooled = (): boolean => Math.abs(clock.now() - askedAt) >= COOLDOWN

  function ask(): Promise<FindKey> {
    if (asking) return asking
    askedAt = clock.now()
    asking = fetchKeys(url, fetch)
      .then((find) => {
        known = { find, at: askedAt }
        return find
      })
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  async function current(): Promise<FindKey> {
    const age = known ? Math.abs(clock.now() - known.at) : Number.POSITIVE_INFINITY
    if (known && age < FRESH) return known.find
    if (!asking && !hasCooled()) return kept(age, undefined)
    return ask().catch((cause: unknown) => kept(age, cause))
  }

  function kept(age: number, cause: unknown): FindKey {
    if (known && age < STALE) return known.find
    throw new PlinthError('keys_unreachable', 'The keys of the issuer cannot be fetched.', {
      status: 503,
      headers: { 'retry-after': String(COOLDOWN / 1000) },
      cause,
    })
  }

  return async (header, token) => {
    const find = await current()
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !hasCooled()) throw error
      // Keys that cannot be fetched now leave the token what it is: of a key that is not known.
      const renewed = await ask().catch(() => find)
      return renewed(header, token)
    }
  }
}

function toFindKey(keys: readonly PublicKey[]): FindKey {
  return createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) })
}

async function fetchKeys(url: URL, fetch: Fetch): Promise<FindKey> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // Keys are where they were said to be, and nowhere else.
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  const { keys } = JSON.parse(await readText(response, url)) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new Error(`${url} answered no JWK Set`)
  return toFindKey(keys.slice(0, MOST_KEYS).filter(isPublic))
}

async function readText(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST) throw new Error(`${url} answered more than ${LARGEST} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** A secret that somebody published is no key to trust a signature by. */
function isPublic(key: unknown): key is PublicKey {
  if (typeof key !== 'object' || key === null) return false
  const { kty, d, k } = key as Record<string, unknown>
  return (kty === 'EC' || kty === 'OKP' || kty === 'RSA') && d === undefined && k === undefined
}
