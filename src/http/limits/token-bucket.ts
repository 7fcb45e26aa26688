import type { Algorithm, RateLimitState } from './algorithms.ts'
import type { RateLimitRule } from './rule.ts'

/** What sums of fractions may be off by. */
const EPSILON = 1e-6

/**
 * A bucket that holds the limit and is filled up steadily, the limit in a window. Its state is
 * `[taken, at]`: what was missing in it, and when.
 */
export const tokenBucket: Algorithm = {
  create: (now) => [0, now],
  used: refill,
  take(state, cost, rule, now) {
    const { limit, window } = rule
    const level = refill(state, rule, now)
    const allowed = level + cost <= limit + EPSILON
    const taken = allowed ? level + cost : level
    state[0] = taken
    // Time that has not come yet counts as well: nothing flows in before it has.
    const ahead = Math.max(0, (state[1] ?? now) - now)
    const interval = window / limit
    // What costs more than the limit waits for the whole bucket, in vain.
    const missing = Math.min(level, level + cost - limit)
    return {
      allowed,
      remaining: Math.max(0, Math.floor(limit - taken + EPSILON)),
      wait: allowed ? 0 : ahead + missing * interval,
      reset: taken > 0 ? ahead + taken * interval : 0,
    }
  },
}

/** Lets in what has flowed in by now, and returns what is missing then. */
function refill(state: RateLimitState, { limit, window }: RateLimitRule, now: number): number {
  const [taken = 0, at = now] = state
  const elapsed = now - at
  if (elapsed < 0 && elapsed >= -window) return taken
  const level = elapsed > 0 ? Math.max(0, taken - (elapsed * limit) / window) : taken
  state[0] = level
  state[1] = now
  return level
}
