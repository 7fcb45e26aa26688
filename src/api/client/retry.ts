import { pause } from './cancel.ts'
import type { Answer, ProblemBody, RetryOptions } from './types.ts'

/** What makes a call safe to repeat. */
export interface Safety {
  /** The method, or a key that the operation honours, makes two requests have the effect of one. */
  readonly idempotent: boolean
  readonly keyed: boolean
}

/** Calls again what failed in passing, as far as that can do no harm. */
export async function repeat(
  attempt: () => Promise<Answer>,
  safety: Safety,
  options: number | RetryOptions = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const given = typeof options === 'number' ? { limit: options } : options
  const { limit = 2, pause: first = 250, within = 30_000 } = given
  const end = performance.now() + within
  for (let count = 0; ; count++) {
    const answer = await attempt()
    if (count >= limit || !mayRepeat(answer, safety)) return answer
    const wait = retryAfterOf(answer.headers) + Math.random() * first * 2 ** count
    if (performance.now() + wait > end) return answer
    await pause(wait, signal)
  }
}

/**
 * Tells whether the server may do better next time. `Too Early`, limits and shedding answer before
 * anything is done, so even a call that is not idempotent is repeated (RFC 9110, section 9.2.2).
 */
function mayRepeat({ status, body, headers }: Answer, { idempotent, keyed }: Safety): boolean {
  const code = (body as ProblemBody | undefined)?.code
  if (status === 0) return idempotent && (code === 'network' || code === 'timeout')
  if (status === 409) return keyed && code === 'idempotency_in_flight'
  const limited = status === 429 || code === 'overloaded'
  const untouched = status === 425 || (limited && headers.has('retry-after'))
  return untouched || (idempotent && status !== 500 && isTransient(status))
}

const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Whether a status tells of a state that passes. */
export function isTransient(status: number): boolean {
  return TRANSIENT.has(status)
}

/** Milliseconds that the server asks to wait (RFC 9110, section 10.2.3). */
export function retryAfterOf(headers: Headers): number {
  const value = headers.get('retry-after') ?? ''
  if (/^\d+$/.test(value)) return Number(value) * 1000
  // By the server's own clock, where it tells: the two may be far apart.
  const until = Date.parse(value) - (Date.parse(headers.get('date') ?? '') || Date.now())
  return Math.max(until || 0, 0)
}
