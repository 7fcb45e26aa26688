import type { Database, Handle, Row } from '../../data/index.ts'
import { type Clock, PlinthError, type Scope } from '../../kernel/index.ts'
import { rateLimited } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { attempts } from './attempts-table.ts'
import { type Bucket, bucketsOf, isOpen, type Refusal } from './buckets.ts'
import type { LimitName, LimitSettings } from './limit-settings.ts'

/** Counts attempts, in the database so that all processes count together. */
export interface Limiter {
  /**
   * Counts one attempt in a transaction of its own, before anything is checked: parallel attempts
   * cannot slip through, and no later rollback forgets it. Throws `rate_limited` when a limit is
   * reached; such an attempt is not counted, so knocking on does not keep the door shut.
   */
  count(attempt: Attempt, scope: Scope): Promise<void>
  /**
   * Takes an attempt back that succeeded, as part of `tx`: clears the account's count, and lowers the
   * others by this one attempt alone, so that an attacker's own account washes nothing away.
   */
  forgive(tx: Handle, attempt: Attempt): Promise<void>
}

export interface LimiterOptions {
  readonly database: Database
  readonly clock: Clock
  readonly limits: LimitSettings
  readonly onCounted: () => void
  /** Told which limit was reached. */
  readonly onLimited: (attempt: Attempt, name: LimitName, scope: Scope) => void
}

type Count = Row<typeof attempts>

/** How often counting begins again when another process began the window. */
const TRIES = 10

/** Creates a limiter on the table of attempts. */
export function createLimiter(options: LimiterOptions): Limiter {
  const { database, clock, limits, onCounted, onLimited } = options
  return {
    async count(attempt, scope) {
      const buckets = await bucketsOf(attempt, limits)
      for (let left = TRIES; left > 0; left--) {
        const db = database.systemIn(scope)
        const outcome = await db
          .transaction((tx) => countAll(tx, buckets, clock.now()))
          .catch(undone)
        if (outcome === 'counted') return onCounted()
        if (outcome === 'raced') continue
        onLimited(attempt, outcome.name, scope)
        throw rateLimited(outcome.wait / 1000)
      }
      // So much is being tried at once that this attempt could not be counted: it is not let through.
      throw rateLimited(1)
    },
    async forgive(tx, attempt) {
      for (const { name, key } of await bucketsOf(attempt, limits)) {
        if (name === 'account') await tx.delete(attempts, key)
        else await lower(tx, key)
      }
    },
  }
}

type Outcome = 'counted' | 'raced' | Refusal

/** Thrown to take back what was counted already. Never leaves this file. */
class Undone extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('undone')
    this.outcome = outcome
  }
}

function undone(error: unknown): Outcome {
  if (error instanceof Undone) return error.outcome
  if (error instanceof PlinthError && error.code === 'conflict') return 'raced'
  throw error
}

async function countAll(tx: Handle, buckets: readonly Bucket[], now: number): Promise<Outcome> {
  const counts: [Bucket, Count | null][] = []
  for (const bucket of buckets) {
    const count = await tx.get(attempts, bucket.key)
    // Whoever knocks on a closed door does not make us write.
    const refused = refusal(bucket, count, now)
    if (refused) return refused
    counts.push([bucket, count])
  }
  // Each is held before the next is touched, and all in the same order: nobody waits in a circle.
  for (const [bucket, seen] of counts) await raise(tx, bucket, { seen, now })
  return 'counted'
}

function refusal(bucket: Bucket, count: Count | null, now: number): Refusal | undefined {
  if (!count || !isOpen(count, bucket, now) || count.count < bucket.limit.attempts) return undefined
  return { name: bucket.name, wait: count.expiresAt.getTime() - now }
}

async function raise(
  tx: Handle,
  bucket: Bucket,
  { seen, now }: { seen: Count | null; now: number },
): Promise<void> {
  const { key, limit } = bucket
  const fresh = { count: 1, expiresAt: new Date(now + limit.window) }
  if (!seen) {
    await tx.create(attempts, { key, ...fresh })
    return
  }
  const count = await hold(tx, seen)
  if (!count) throw new Undone('raced')
  const refused = refusal(bucket, count, now)
  if (refused) throw new Undone(refused)
  await tx.update(attempts, key, isOpen(count, bucket, now) ? { count: count.count + 1 } : fresh)
}

/**
 * The count as it is now and stays until this transaction ends, or null when another window has begun.
 * On databases that run transactions side by side, writing the row as it is waits for whoever is
 * counting and keeps others waiting; comparing what was read would send all but one of them back.
 */
function hold(tx: Handle, { key, expiresAt }: Count): Promise<Count | null> {
  return tx.update(attempts, key, { expiresAt }, { expiresAt })
}

/** Left as it is when another window begins at the same moment. */
async function lower(tx: Handle, key: string): Promise<void> {
  const seen = await tx.get(attempts, key)
  const count = seen && (await hold(tx, seen))
  if (count && count.count > 0) await tx.update(attempts, key, { count: count.count - 1 })
}
