import type { Algorithm, RateLimitState } from './algorithm.ts'
import type { RateLimitRule } from './rule.ts'

/** What sums of fractions may be off by. */
const EPSILON = 1e-6

/**
 * A bucket that holds the limit and is filled up steadily, the limit in a window. Its state is
 * `[taken, at]`: what was missing in it, and when.
 */
export const tokenBucket: Algorithm = {
  create: (now) => [0, now],
  used: (state, rule, now) => levelAt(state, rule, momentOf(state, rule, now)),
  take(state, cost, rule, now) {
    const { limit, window } = rule
    const at = momentOf(state, rule, now)
    const level = levelAt(state, rule, at)
    const allowed = level + cost <= limit + EPSILON
    const taken = allowed ? level + cost : level
    if (allowed || at < (state[1] ?? 0)) {
      state[0] = taken
      state[1] = at
    }
    // Time that has not come yet counts as well: nothing flows in before it has.
    const ahead = at - now
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

/**
 * The time that counts: not earlier than that of what was taken, unless the clock was put back by more
 * than a window.
 */
function momentOf([taken = 0, at = 0]: RateLimitState, rule: RateLimitRule, now: number): number {
  return taken > 0 && now < at && now >= at - rule.window ? at : now
}

/** What is missing after as much has flowed in as has by then. */
function levelAt(
  [taken = 0, since = 0]: RateLimitState,
  { limit, window }: RateLimitRule,
  at: number,
): number {
  return at > since ? Math.max(0, taken - ((at - since) * limit) / window) : taken
}
