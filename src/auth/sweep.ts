import type { Database } from '../data/index.ts'
import type { Clock, Signals } from '../kernel/index.ts'
import { attempts } from './limits/attempts-table.ts'
import { sessions } from './session/sessions-table.ts'

const INTERVAL = 10 * 60_000

/**
 * Creates the function that removes counts and sessions whose time is over, at most every ten
 * minutes and beside the request that set it off, so that neither table grows without end.
 */
export function createSweep(ports: {
  database: Database
  clock: Clock
  signals: Signals
}): () => void {
  const { database, clock, signals } = ports
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now()
    if (now - last < INTERVAL) return
    last = now
    const expiresAt = { lt: new Date(now) }
    Promise.all([
      database.system.deleteMany(attempts, { expiresAt }),
      database.system.deleteMany(sessions, { expiresAt }),
    ]).catch((error: unknown) => {
      signals.log({ level: 'warn', message: 'expired sessions were not removed', error })
    })
  }
}
