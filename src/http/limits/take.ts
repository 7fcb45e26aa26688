import type { RateLimitState } from './algorithm.ts'
import { algorithms } from './algorithms.ts'
import type { RateLimitDecision, RateLimitRule } from './rule.ts'

/**
 * Decides a take as every store does: what remains of `rule` by the `state` of its key (undefined for
 * one that is new), and that state afterwards. For stores that keep states somewhere else.
 *
 * ```ts
 * import { type RateLimitRule, takeFrom } from 'plinth/http'
 *
 * const rule: RateLimitRule = { algorithm: 'token-bucket', limit: 2, window: 1_000 }
 * const { state, decision } = takeFrom(undefined, { cost: 1, rule, now: Date.now() })
 * console.log(decision.remaining, state.length) // 1 2
 * ```
 */
export function takeFrom(
  state: readonly number[] | undefined,
  {
    cost,
    rule,
    now,
  }: { readonly cost: number; readonly rule: RateLimitRule; readonly now: number },
): { readonly state: RateLimitState; readonly decision: RateLimitDecision } {
  const algorithm = algorithms[rule.algorithm]
  const next = state ? [...state] : algorithm.create(now)
  return { decision: algorithm.take(next, cost, rule, now), state: next }
}
