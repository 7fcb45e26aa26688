import type { Algorithm, RateLimitState } from './algorithms.ts'
import type { RateLimitRule } from './rule.ts'

/** The parts that a window is counted in. */
const SLOTS = 10
/** A window that does not begin with a slot touches one more. */
const COUNTED = SLOTS + 1

/**
 * What was taken in each tenth of a window. All that a window can touch is counted in full, so no
 * window, wherever it begins, holds more than the limit; what was taken is free again after 1.0 to 1.1
 * windows. The state is `[slot, newest, ..., oldest]`, slots being numbered from the epoch.
 */
export const slidingWindow: Algorithm = {
  create: () => new Array<number>(1 + COUNTED).fill(0),
  used(state, rule, now) {
    advance(state, rule, now)
    return total(state)
  },
  take(state, cost, rule, now) {
    advance(state, rule, now)
    const before = total(state)
    const allowed = before + cost <= rule.limit
    if (allowed) state[1] = (state[1] ?? 0) + cost
    const used = allowed ? before + cost : before
    const until = (slot: number) => (slot + COUNTED) * slotLength(rule) - now
    return {
      allowed,
      remaining: Math.max(0, rule.limit - used),
      wait: allowed ? 0 : until(slotOf(state, before + cost - rule.limit)),
      reset: used > 0 ? until(slotOf(state, used)) : 0,
    }
  },
}

/** Makes `state` that of the slot of `now`. */
function advance(state: RateLimitState, rule: RateLimitRule, now: number): void {
  const slot = Math.floor(now / slotLength(rule))
  const passed = slot - (state[0] ?? 0)
  if (passed === 0 || (passed < 0 && passed >= -SLOTS)) return
  const kept = passed < 0 ? [total(state)] : state.slice(1, Math.max(1, 1 + COUNTED - passed))
  const skipped = Math.min(Math.max(0, passed), COUNTED)
  state[0] = slot
  for (let at = 0; at < COUNTED; at += 1) state[1 + at] = kept[at - skipped] ?? 0
}

function slotLength({ window }: RateLimitRule): number {
  return window / SLOTS
}

function total(state: RateLimitState): number {
  let sum = 0
  for (let at = 1; at <= COUNTED; at += 1) sum += state[at] ?? 0
  return sum
}

/** The slot in which the last was taken of the oldest that make up `amount`. */
function slotOf(state: RateLimitState, amount: number): number {
  let found = 0
  let at = COUNTED
  for (; at > 1; at -= 1) {
    found += state[at] ?? 0
    if (found >= amount) break
  }
  return (state[0] ?? 0) - (at - 1)
}
