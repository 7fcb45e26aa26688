import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Incoming } from '../message.ts'
import type { Principal } from '../principal.ts'
import { type Keying, type LimitKey, resolveKeys } from './key.ts'
import { nameOf, wholeNumber } from './option.ts'
import type { RateLimitAlgorithm, RateLimitRule, RateLimitStore } from './rule.ts'

/** What a request costs, known before its body is read: a whole number; 0 costs nothing. */
export type LimitCost = (incoming: Incoming, principal: Principal | null) => number

export interface RateLimitOptions {
  /** How much may be taken in one window. A request takes 1, unless `cost` says otherwise. */
  readonly limit: number
  /** Milliseconds, from 1,000. */
  readonly window: number
  /** By what requests are told apart; by all of a list together. Default `actor`. */
  readonly by?: LimitKey | readonly LimitKey[]
  /**
   * How much may be taken from one address whatever it gives as its key, when `by` holds a header or a
   * function: whoever chooses another key each time is held by this. Default: `limit`.
   */
  readonly addressLimit?: number
  /**
   * `token-bucket` lets in the whole limit at once and then as much as flows in; `sliding-window` lets
   * no window, wherever it begins, hold more than the limit. Default `token-bucket`.
   */
  readonly algorithm?: RateLimitAlgorithm
  readonly cost?: number | LimitCost
  /**
   * `memory` counts in this process, `database` with all processes that share the app's database, which
   * an app of `mount()` or `backend()` has. Default `memory`.
   */
  readonly store?: 'memory' | 'database' | RateLimitStore
  /** Lets requests through while the store cannot count. Default false: they are answered 503. */
  readonly failOpen?: boolean
  /** Names it to clients and in its store, once in an app. Default: after the first operation it limits. */
  readonly name?: string
}

/** A limit on how often something is done. A value: whatever carries the same one shares its counts. */
export interface RateLimit {
  readonly kind: 'rate-limit'
  readonly name: string | undefined
  readonly rule: RateLimitRule
  readonly addressRule: RateLimitRule
  readonly keying: Keying
  readonly cost: number | LimitCost
  readonly store: 'memory' | 'database' | RateLimitStore
  readonly failOpen: boolean
}

const OPTIONS = [
  'limit',
  'window',
  'by',
  'addressLimit',
  'algorithm',
  'cost',
  'store',
  'failOpen',
  'name',
] as const satisfies (keyof RateLimitOptions)[]

const DAY = 86_400_000
const MAX = 1_000_000_000
const ALGORITHMS: readonly string[] = [
  'token-bucket',
  'sliding-window',
] satisfies RateLimitAlgorithm[]

/**
 * Limits how often operations are called: one, those of a branch, or all of an app.
 *
 * Every answer carries the `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-
 * headers). Whoever has used up the rate is answered 429 `rate_limited` with `Retry-After` in seconds;
 * such a request is not counted, and neither its body is read nor, where `by` needs no actor, its
 * session looked up. While the store cannot count, requests are answered 503 `limit_unavailable`.
 *
 * ```ts
 * import { anyone, createApp, defineOperation, rateLimit } from 'plinth/http'
 *
 * const search = defineOperation()({
 *   method: 'GET',
 *   path: '/search',
 *   guard: anyone,
 *   limits: [rateLimit({ limit: 10, window: 1_000, by: 'address' })],
 *   responses: { 204: null },
 *   handler: () => ({ status: 204 }),
 * })
 *
 * export const app = createApp({
 *   operations: { search },
 *   limits: { requests: [rateLimit({ limit: 1_000, window: 60_000 })] },
 * })
 * ```
 */
export function rateLimit(options: RateLimitOptions): RateLimit {
  assertKnown('rateLimit()', options, OPTIONS)
  const { by = 'actor', algorithm = 'token-bucket', cost = 1, store = 'memory' } = options
  const limit = wholeNumber('rateLimit()', 'limit', { value: options.limit, min: 1, max: MAX })
  const window = wholeNumber('rateLimit()', 'window', {
    value: options.window,
    min: 1000,
    max: DAY,
  })
  if (!ALGORITHMS.includes(algorithm)) {
    throw misuse('rateLimit()', `algorithm is "${algorithm}"; expected ${ALGORITHMS.join(' or ')}`)
  }
  const keying = resolveKeys(by, 'rateLimit()')
  const { addressLimit } = options
  if (addressLimit !== undefined && !keying.chosen) {
    throw misuse('rateLimit()', 'addressLimit goes with a header or a function in by')
  }
  if (typeof cost !== 'function') {
    wholeNumber('rateLimit()', 'cost', { value: cost, min: 0, max: limit })
  }
  checkStore(store)
  const most = { value: addressLimit ?? limit, min: 1, max: MAX }
  const rule = { algorithm, limit, window }
  return {
    kind: 'rate-limit',
    name: nameOf('rateLimit()', options.name),
    rule,
    addressRule: { ...rule, limit: wholeNumber('rateLimit()', 'addressLimit', most) },
    keying,
    cost,
    store,
    failOpen: options.failOpen ?? false,
  }
}

function checkStore(store: RateLimit['store']): void {
  if (store === 'memory' || store === 'database' || typeof store?.take === 'function') return
  throw misuse('rateLimit()', `store is ${String(store)}; expected 'memory', 'database' or a store`)
}
