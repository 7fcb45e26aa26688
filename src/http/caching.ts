import { assertKnown, misuse } from '../kernel/index.ts'
import type { HeaderFields } from './response-headers.ts'

/**
 * How long an operation's successes may be kept and given again. All times are in seconds. Answers
 * that set cookies and those with a `Cache-Control` of their own are left out.
 */
export interface CacheOptions {
  /** How long an answer is used without asking again. */
  readonly maxAge: number
  /**
   * Whether caches that many share, such as a CDN, may keep it too. Default: only the caller's own.
   * An answer to a caller who is signed in stays private.
   */
  readonly public?: boolean
  /** How long after that the old answer may be given while a new one is fetched. */
  readonly staleWhileRevalidate?: number
  /** Whether the answer never changes, so that not even a reload asks again. */
  readonly immutable?: boolean
}

const KEYS = ['maxAge', 'public', 'staleWhileRevalidate', 'immutable'] as const

/** The largest age that every cache can hold (RFC 9111, section 1.2.2). */
const MAX_AGE = 2 ** 31

/** The values of `Cache-Control` for a caller who is known, and for nobody. */
export interface CacheControl {
  readonly known: string
  readonly nobody: string
}

/** What is kept, but asked about before each use: for answers that have a validator and no `cache`. */
export const REVALIDATED = 'private, no-cache'

/** Checks the `cache` of an operation and writes its values. */
export function createCacheControl(options: CacheOptions, place: string): CacheControl {
  assertKnown(`${place}: cache`, options, KEYS)
  const { maxAge, staleWhileRevalidate, immutable } = options
  checkAge('maxAge', maxAge, place)
  const parts = [`max-age=${maxAge}`]
  if (staleWhileRevalidate !== undefined) {
    checkAge('staleWhileRevalidate', staleWhileRevalidate, place)
    parts.push(`stale-while-revalidate=${staleWhileRevalidate}`)
  }
  if (immutable) parts.push('immutable')
  const known = ['private', ...parts].join(', ')
  return { known, nobody: options.public ? ['public', ...parts].join(', ') : known }
}

function checkAge(name: string, value: number, place: string): void {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_AGE) return
  throw misuse(place, `cache.${name} is ${value}; expected whole seconds from 0 to ${MAX_AGE}`)
}

/** Whether an answer may be stored by anyone, so that what it depends on must be told. */
export function isStorable(headers: HeaderFields): boolean {
  return !String(headers['cache-control']).includes('no-store')
}

/** Whether an answer may be kept by caches that many share. */
export function isShared(headers: HeaderFields): boolean {
  return /\b(?:public|s-maxage)\b/.test(String(headers['cache-control']))
}
