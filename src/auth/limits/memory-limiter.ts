import type { Clock, Scope } from '../../kernel/index.ts'
import { rateLimited } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { bucketsOf, isOpen } from './buckets.ts'
import type { LimitSettings } from './limit-settings.ts'
import type { Limiter, LimiterOptions } from './limiter.ts'

interface Count {
  count: number
  readonly expiresAt: Date
}

/** How often what is over is removed. Between two times the limit on everyone bounds what is kept. */
const INTERVAL = 60_000

/** Creates a limiter that counts in this process alone, and forgets with it. */
export function createMemoryLimiter(options: {
  clock: Clock
  limits: LimitSettings
  onCounted: LimiterOptions['onCounted']
  onLimited: LimiterOptions['onLimited']
}): Limiter {
  const { clock, limits, onCounted, onLimited } = options
  const counts = new Map<string, Count>()
  let swept = clock.now()

  function sweep(now: number): void {
    if (Math.abs(now - swept) < INTERVAL) return
    swept = now
    for (const [key, { expiresAt }] of counts) if (expiresAt.getTime() <= now) counts.delete(key)
  }

  async function count(attempt: Attempt, scope: Scope): Promise<void> {
    const buckets = await bucketsOf(attempt, limits)
    // From here on nothing else runs in between: all are counted or none.
    const now = clock.now()
    sweep(now)
    const current = buckets.map((bucket) => {
      const known = counts.get(bucket.key)
      return { bucket, known: known && isOpen(known, bucket, now) ? known : undefined }
    })
    const full = current.find(({ bucket, known }) => (known?.count ?? 0) >= bucket.limit.attempts)
    if (full?.known) {
      onLimited(attempt, full.bucket.name, scope)
      throw rateLimited((full.known.expiresAt.getTime() - now) / 1000)
    }
    for (const { bucket, known } of current) {
      if (known) known.count++
      else counts.set(bucket.key, { count: 1, expiresAt: new Date(now + bucket.limit.window) })
    }
    onCounted()
  }

  return {
    count,
    async countBeside(attempt, work, scope) {
      // Counting waits for nothing here.
      await count(attempt, scope)
      return work()
    },

    async forgive(tx, attempt) {
      const buckets = await bucketsOf(attempt, limits)
      tx.afterCommit(() => {
        for (const { name, key } of buckets) {
          const count = counts.get(key)
          if (name === 'account') counts.delete(key)
          else if (count && count.count > 0) count.count--
        }
      })
    },
  }
}
