import type { RateLimitDecision, RateLimitRule } from './rule.ts'

/** What is remembered of a key: plain numbers, so that every store can keep them. */
export type RateLimitState = number[]

/**
 * How an algorithm counts. Clocks move: put back by at most a window, time stands still until it has
 * caught up, so that processes whose clocks differ a little agree; put back by more, counting goes on
 * from the new time. Either way no key stays closed for longer than about two windows.
 */
export interface Algorithm {
  /** The state of a key of which nothing was taken. */
  create(now: number): RateLimitState
  /** Decides a take. `state` is changed when it is allowed, or when the clock has been put back. */
  take(state: RateLimitState, cost: number, rule: RateLimitRule, now: number): RateLimitDecision
  /** How much of the limit is taken at this moment. */
  used(state: RateLimitState, rule: RateLimitRule, now: number): number
}
