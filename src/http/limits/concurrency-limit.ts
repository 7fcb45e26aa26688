import { assertKnown } from '../../kernel/index.ts'
import { type Keying, type LimitKey, resolveKeys } from './key.ts'
import { nameOf, wholeNumber } from './option.ts'

export interface ConcurrencyLimitOptions {
  /** Requests at work at a time, in this process. */
  readonly limit: number
  /** Requests that may wait for their turn. Default: as many as `limit`. */
  readonly queue?: number
  /** Milliseconds that one waits at most. Default 1,000. */
  readonly wait?: number
  /** By what requests are told apart; by all of a list together. Default: they are not. */
  readonly by?: LimitKey | readonly LimitKey[]
  /** Names it in messages. */
  readonly name?: string
}

/** A limit on how many requests are at work at a time. Whatever carries the same one shares it. */
export interface ConcurrencyLimit {
  readonly kind: 'concurrency-limit'
  readonly name: string | undefined
  readonly limit: number
  readonly queue: number
  readonly wait: number
  readonly keying: Keying | undefined
}

const OPTIONS = [
  'limit',
  'queue',
  'wait',
  'by',
  'name',
] as const satisfies (keyof ConcurrencyLimitOptions)[]

const MAX = 1_000_000
const MAX_WAIT = 600_000

/**
 * Limits how many requests are at work at a time, in each process: what comes on top waits in a queue,
 * and what finds the queue full, or has waited in vain, is answered 503 `overloaded` with
 * `Retry-After`. Requests wait after their guard and before their body is read. One whose client has
 * gone leaves the queue. An answer that is a stream is at work until it has ended.
 *
 * ```ts
 * import { anyone, concurrencyLimit, defineOperation } from 'plinth/http'
 *
 * export const report = defineOperation()({
 *   method: 'GET',
 *   path: '/report',
 *   guard: anyone,
 *   limits: [concurrencyLimit({ limit: 2, queue: 10, wait: 5_000 })],
 *   responses: { 204: null },
 *   handler: () => ({ status: 204 }),
 * })
 * ```
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const place = 'concurrencyLimit()'
  assertKnown(place, options, OPTIONS)
  const limit = wholeNumber(place, 'limit', { value: options.limit, min: 1, max: MAX })
  return {
    kind: 'concurrency-limit',
    name: nameOf(place, options.name),
    limit,
    queue: wholeNumber(place, 'queue', { value: options.queue ?? limit, min: 0, max: MAX }),
    wait: wholeNumber(place, 'wait', { value: options.wait ?? 1_000, min: 0, max: MAX_WAIT }),
    keying: options.by === undefined ? undefined : resolveKeys(options.by, place),
  }
}
