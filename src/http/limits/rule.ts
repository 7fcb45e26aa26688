/** How a rate is counted. */
export type RateLimitAlgorithm = 'token-bucket' | 'sliding-window'

/** What a store counts by. */
export interface RateLimitRule {
  readonly algorithm: RateLimitAlgorithm
  /** How much may be taken in one window. */
  readonly limit: number
  /** Milliseconds. */
  readonly window: number
}

/** What came of one take. */
export interface RateLimitDecision {
  readonly allowed: boolean
  /** How much may still be taken now: a whole number. */
  readonly remaining: number
  /** Milliseconds until so much could be taken as was refused; 0 when it was allowed. */
  readonly wait: number
  /** Milliseconds until the whole limit is there again, if nothing more is taken. */
  readonly reset: number
}

/**
 * Where rates are counted. Each take is decided and counted at once: however many come together, from
 * however many processes, no more is allowed than the rule allows. What is refused is not counted.
 */
export interface RateLimitStore {
  /**
   * Takes `cost` from what the rule leaves of `key` at `now`, milliseconds since the Unix epoch by the
   * app's clock. Throws or rejects when it cannot count.
   */
  take(
    key: string,
    cost: number,
    rule: RateLimitRule,
    now: number,
  ): RateLimitDecision | Promise<RateLimitDecision>
}
