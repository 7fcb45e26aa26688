import { type Clock, misuse, PlinthError } from '../../kernel/index.ts'
import { addressOf, type Limited } from './key.ts'
import type { Passage } from './passage.ts'
import type { RateLimit } from './rate-limit.ts'
import type { RateLimitDecision, RateLimitRule, RateLimitStore } from './rule.ts'
import { inOrder, type Step } from './step.ts'

interface Ports {
  readonly name: string
  readonly store: RateLimitStore
  readonly clock: Clock
}

/**
 * Creates the step that holds requests to a rate. A key that the caller may have chosen comes second:
 * first it is counted from where the request comes, which nobody can choose a hundred of.
 */
export function createRateStep(limit: RateLimit, { name, store, clock }: Ports): Step {
  const { keying, rule, addressRule } = limit
  const own = createStep(limit, { name, rule, keyOf: keying.of, store, clock })
  if (!keying.chosen) return own
  const address = { name: `${name}-address`, rule: addressRule, keyOf: addressOf, store, clock }
  return inOrder([createStep(limit, address), own]) as Step
}

interface Counter extends Ports {
  readonly rule: RateLimitRule
  readonly keyOf: (request: Limited) => string | Promise<string>
}

function createStep(limit: RateLimit, { name, rule, keyOf, store, clock }: Counter): Step {
  const policy = policyOf(name, rule)
  const place = `rateLimit() "${name}"`
  return (passage) => {
    const cost = costOf(limit, passage, place)
    const key = keyOf(passage)
    if (typeof key === 'string') return take(`${name} ${key}`, cost, passage)
    return key.then((known) => take(`${name} ${known}`, cost, passage))
  }

  function take(key: string, cost: number, passage: Passage): Promise<void> | undefined {
    let taken: RateLimitDecision | Promise<RateLimitDecision>
    try {
      taken = store.take(key, cost, rule, clock.now())
    } catch (error) {
      failed(error, passage)
      return undefined
    }
    if (taken instanceof Promise) {
      return taken.then(
        (decision) => decide(decision, passage),
        (error) => failed(error, passage),
      )
    }
    decide(taken, passage)
    return undefined
  }

  function decide(decision: RateLimitDecision, passage: Passage): void {
    passage.note(name, policy, decision)
    if (!decision.allowed) throw rateLimited(decision.wait)
  }

  function failed(cause: unknown, { context }: Limited): void {
    const message = `${place} could not be counted`
    if (!limit.failOpen) {
      throw new PlinthError('limit_unavailable', 'The service is busy. Try again shortly.', {
        status: 503,
        headers: { 'retry-after': '1' },
        cause: new Error(message, { cause }),
      })
    }
    context.log({
      level: 'error',
      message: `${message}; the request was let through`,
      error: cause,
    })
  }
}

/** `w` is in whole seconds: a window that is none is not told. */
function policyOf(name: string, { limit, window }: RateLimitRule): string {
  const seconds = window % 1000 === 0 ? `;w=${window / 1000}` : ''
  return `"${name}";q=${limit}${seconds}`
}

function costOf({ cost }: RateLimit, { context }: Limited, place: string): number {
  if (typeof cost === 'number') return cost
  const { incoming, principal } = context
  const given = cost(incoming, principal)
  if (Number.isSafeInteger(given) && given >= 0) return given
  throw misuse(place, `cost answered ${String(given)}; expected a whole number from 0`)
}

function rateLimited(wait: number): PlinthError<'rate_limited'> {
  return new PlinthError('rate_limited', 'Too many requests. Try again later.', {
    status: 429,
    headers: { 'retry-after': String(Math.max(1, Math.ceil(wait / 1000))) },
  })
}
