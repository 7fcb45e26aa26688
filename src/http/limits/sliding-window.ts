import type { Algorithm, RateLimitState } from './algorithm.ts'
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
  used: (state, rule, now) => total(advanced(state, rule, now)),
  take(state, cost, rule, now) {
    const current = advanced(state, rule, now)
    const before = total(current)
    const allowed = before + cost <= rule.limit
    const used = allowed ? before + cost : before
    if (allowed) current[1] = (current[1] ?? 0) + cost
    if (allowed || (current[0] ?? 0) < (state[0] ?? 0)) copy(current, state)
    const until = (slot: number) => (slot + COUNTED) * slotLength(rule) - now
    return {
      allowed,
      remaining: Math.max(0, rule.limit - used),
      wait: allowed ? 0 : until(slotOf(current, before + cost - rule.limit)),
      reset: used > 0 ? until(slotOf(current, used)) : 0,
    }
  },
}

/**
 * The state as it is in the slot of `now`; not in an earlier one than something was taken in, unless the
 * clock was put back by more than a window: then all that was taken counts as taken now.
 */
function advanced(state: RateLimitState, rule: RateLimitRule, now: number): RateLimitState {
  const slot = Math.floor(now / slotLength(rule))
  const passed = slot - (state[0] ?? 0)
  const taken = total(state)
  if (passed <= 0 && passed >= -SLOTS && taken > 0) return [...state]
  const next = new Array<number>(1 + COUNTED).fill(0)
  next[0] = slot
  if (passed < 0) next[1] = taken
  else for (let at = 1; at + passed <= COUNTED; at += 1) next[at + passed] = state[at] ?? 0
  return next
}

function copy(from: RateLimitState, to: RateLimitState): void {
  for (let at = 0; at <= COUNTED; at += 1) to[at] = from[at] ?? 0
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
