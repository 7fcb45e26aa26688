import type { Database, Handle, Patch, Row } from '../../data/index.ts'
import { type Clock, PlinthError, type Scope } from '../../kernel/index.ts'
import { rateLimited } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { attempts } from './attempts-table.ts'
import { type Bucket, bucketsOf, isOpen, type Refusal } from './buckets.ts'
import type { LimitName, LimitSettings } from './limit-settings.ts'
import { createUnderway } from './underway.ts'

/** Counts attempts, in the database so that all processes count together. */
export interface Limiter {
  /**
   * Counts one attempt in a transaction of its own, before anything is checked: parallel attempts
   * cannot slip through, and no later rollback forgets it. Throws `rate_limited` when a limit is
   * reached; such an attempt is not counted, so knocking on does not keep the door shut.
   */
  count(attempt: Attempt, scope: Scope): Promise<void>
  /**
   * Counts one attempt as `count` does, and answers what `work` came to: not before the attempt is
   * stored. Where there is room for it, `work` runs meanwhile, and the attempt is counted even if its
   * caller goes away; else it begins once the attempt is counted, or never.
   */
  countBeside<T>(attempt: Attempt, work: () => Promise<T>, scope: Scope): Promise<T>
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
/** By key. */
type Counts = ReadonlyMap<string, Count>

/** How often counting begins again when another process began the window. */
const TRIES = 10

/** Creates a limiter on the table of attempts. */
export function createLimiter(options: LimiterOptions): Limiter {
  const { database, clock, limits, onCounted, onLimited } = options
  const underway = createUnderway()

  /** Reads the counts, and throws where a limit is reached: whoever knocks on makes us write nothing. */
  async function look(attempt: Attempt, buckets: readonly Bucket[], scope: Scope): Promise<Counts> {
    const counts = await readCounts(database.systemIn(scope), buckets)
    const now = clock.now()
    for (const bucket of buckets) {
      const refused = refusal(bucket, counts.get(bucket.key), now)
      if (!refused) continue
      onLimited(attempt, refused.name, scope)
      throw rateLimited(refused.wait / 1000)
    }
    return counts
  }

  async function store(
    attempt: Attempt,
    buckets: readonly Bucket[],
    { counts, scope }: { counts: Counts; scope: Scope },
  ): Promise<void> {
    const db = database.systemIn(scope)
    let seen = counts
    for (let left = TRIES; left > 0; left--) {
      const now = clock.now()
      const raced = await db.transaction((tx) => raiseAll(tx, buckets, { seen, now })).catch(undone)
      if (!raced) return onCounted()
      seen = await look(attempt, buckets, scope)
    }
    // So much is being tried at once that this attempt could not be counted: it is not let through.
    throw rateLimited(1)
  }

  return {
    async count(attempt, scope) {
      const buckets = await bucketsOf(attempt, limits)
      await store(attempt, buckets, { counts: await look(attempt, buckets, scope), scope })
    },
    async countBeside(attempt, work, scope) {
      const buckets = await bucketsOf(attempt, limits)
      const place = underway.enter(buckets)
      try {
        const counts = await look(attempt, buckets, scope)
        if (!place.hasRoom(counts, clock.now())) {
          await store(attempt, buckets, { counts, scope })
          return work()
        }
        const working = work()
        // Looked at below: until then a failure is nobody's.
        working.catch(() => undefined)
        // Whoever goes away now has made us work, and is counted.
        await store(attempt, buckets, { counts, scope: { trace: scope.trace } })
        return working
      } finally {
        place.leave()
      }
    },
    async forgive(tx, attempt) {
      for (const { name, key } of await bucketsOf(attempt, limits)) {
        if (name === 'account') await tx.delete(attempts, key)
        else await lower(tx, key)
      }
    },
  }
}

/** Thrown to take back what was counted already. Never leaves this file. */
class Undone extends Error {}

/** Whether counting is to begin again, on counts as they are by now. */
function undone(error: unknown): true {
  if (error instanceof Undone) return true
  if (error instanceof PlinthError && error.code === 'conflict') return true
  throw error
}

async function readCounts(db: Handle, buckets: readonly Bucket[]): Promise<Counts> {
  const keys = buckets.map(({ key }) => key)
  const { items } = await db.list(attempts, { where: { key: { in: keys } }, limit: keys.length })
  return new Map(items.map((count) => [count.key, count]))
}

/** Each is held before the next is touched, and all in the same order: nobody waits in a circle. */
async function raiseAll(
  tx: Handle,
  buckets: readonly Bucket[],
  { seen, now }: { seen: Counts; now: number },
): Promise<void> {
  for (const bucket of buckets) await raise(tx, bucket, { seen: seen.get(bucket.key), now })
}

function refusal(bucket: Bucket, count: Count | undefined, now: number): Refusal | undefined {
  if (!count || !isOpen(count, bucket, now) || count.count < bucket.limit.attempts) return undefined
  return { name: bucket.name, wait: count.expiresAt.getTime() - now }
}

async function raise(
  tx: Handle,
  bucket: Bucket,
  { seen, now }: { seen: Count | undefined; now: number },
): Promise<void> {
  const { key, limit } = bucket
  const fresh = { count: 1, expiresAt: new Date(now + limit.window) }
  if (!seen) {
    await tx.create(attempts, { key, ...fresh })
    return
  }
  const raised = await change(tx, seen, (count) => {
    if (refusal(bucket, count, now)) return undefined
    return isOpen(count, bucket, now) ? { count: count.count + 1 } : fresh
  })
  if (!raised) throw new Undone()
}

/** Left as it is when another window begins at the same moment. */
async function lower(tx: Handle, key: string): Promise<void> {
  const seen = await tx.get(attempts, key)
  if (seen) await change(tx, seen, ({ count }) => (count > 0 ? { count: count - 1 } : undefined))
}

/**
 * Changes a count to what `next` makes of it. Where nobody else has counted since it was seen, that is one
 * statement. Else it is held first: on databases that run transactions side by side, writing the row as
 * it is waits for whoever is counting and keeps others waiting; comparing what was read, and nothing else,
 * would send all but one of them back. False when another window has begun, or `next` makes nothing of it.
 */
async function change(
  tx: Handle,
  seen: Count,
  next: (count: Count) => Patch<typeof attempts> | undefined,
): Promise<boolean> {
  const { key, count, expiresAt } = seen
  const patch = next(seen)
  if (patch && (await tx.update(attempts, key, patch, { count, expiresAt }))) return true
  const held = await tx.update(attempts, key, { expiresAt }, { expiresAt })
  const late = held && next(held)
  if (late) await tx.update(attempts, key, late)
  return Boolean(late)
}
