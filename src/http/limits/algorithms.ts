import type { RateLimitAlgorithm, RateLimitDecision, RateLimitRule } from './rule.ts'
import { slidingWindow } from './sliding-window.ts'
import { tokenBucket } from './token-bucket.ts'

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
  /** Decides a take and brings `state` up to date: with the take, when it is allowed. */
  take(state: RateLimitState, cost: number, rule: RateLimitRule, now: number): RateLimitDecision
  /** How much of the limit is taken at this moment. */
  used(state: RateLimitState, rule: RateLimitRule, now: number): number
}

export const algorithms: Readonly<Record<RateLimitAlgorithm, Algorithm>> = {
  'token-bucket': tokenBucket,
  'sliding-window': slidingWindow,
}
