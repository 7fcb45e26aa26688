import type { Database } from '../../data/index.ts'
import type { Clock, Signals } from '../../kernel/index.ts'
import { idempotencyRecords } from './records.ts'

const HOUR = 3_600_000

/**
 * Creates the function that deletes expired answers: at most once an hour, when another one has been
 * stored, and after the request that asked for it.
 */
export function createSweeper({
  database,
  clock,
  signals,
  longest,
}: {
  database: Database
  clock: Clock
  signals: Signals
  longest: number
}): () => void {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now()
    if (now - last < HOUR) return
    last = now
    const expired = { createdAt: { lte: new Date(now - longest) } }
    database.system.deleteMany(idempotencyRecords, expired).catch((error: unknown) => {
      signals.log({ level: 'warn', message: 'expired idempotency keys were not deleted', error })
    })
  }
}
