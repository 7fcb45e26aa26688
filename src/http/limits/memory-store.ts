import { assertKnown, misuse } from '../../kernel/index.ts'
import type { RateLimitState } from './algorithm.ts'
import { algorithms } from './algorithms.ts'
import type { RateLimitRule, RateLimitStore } from './rule.ts'

/** How much a memory store holds. */
export interface MemoryStoreOptions {
  /** Keys that are remembered at most, about 200 bytes each. Default 100,000. */
  readonly maxKeys?: number
}

interface Entry {
  readonly state: RateLimitState
  readonly rule: RateLimitRule
}

/** How many of the oldest are looked at to find the one to forget. */
const SAMPLE = 8

/**
 * Creates a store that counts in this process: rates hold for each process by itself, and are forgotten
 * when it ends. What `rateLimit` counts in when nothing else is said.
 *
 * When it is full it forgets the least that was taken of the oldest keys: whoever has used up a rate
 * does not get a new one by making the store forget, unless every key beside it was used up as well.
 *
 * ```ts
 * import { memoryStore, rateLimit } from 'plinth/http'
 *
 * const store = memoryStore({ maxKeys: 10_000 })
 * export const limit = rateLimit({ limit: 100, window: 60_000, by: 'address', store })
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): RateLimitStore {
  assertKnown('memoryStore()', options, ['maxKeys'])
  const { maxKeys = 100_000 } = options
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw misuse('memoryStore()', `maxKeys is ${maxKeys}; expected a whole number from 1`)
  }
  const entries = new Map<string, Entry>()

  function remember(key: string, rule: RateLimitRule, now: number): RateLimitState {
    forgetIdle(entries, now)
    if (entries.size >= maxKeys) forgetOne(entries, now)
    const state = algorithms[rule.algorithm].create(now)
    entries.set(key, { state, rule })
    return state
  }

  return {
    take(key, cost, rule, now) {
      const state = entries.get(key)?.state ?? remember(key, rule, now)
      return algorithms[rule.algorithm].take(state, cost, rule, now)
    },
  }
}

/** Each new key looks at two old ones, so what has run out is gone before as many have come again. */
function forgetIdle(entries: Map<string, Entry>, now: number): void {
  let left = 2
  for (const [key, entry] of entries) {
    if (left === 0) return
    left -= 1
    entries.delete(key)
    if (usedShare(entry, now) > 0) entries.set(key, entry)
  }
}

function forgetOne(entries: Map<string, Entry>, now: number): void {
  let least = Number.POSITIVE_INFINITY
  let found: string | undefined
  let left = SAMPLE
  for (const [key, entry] of entries) {
    if (left === 0) break
    left -= 1
    const share = usedShare(entry, now)
    if (share >= least) continue
    least = share
    found = key
  }
  if (found !== undefined) entries.delete(found)
}

function usedShare({ state, rule }: Entry, now: number): number {
  return algorithms[rule.algorithm].used(state, rule, now) / rule.limit
}
