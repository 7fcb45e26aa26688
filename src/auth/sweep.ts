import type { Database } from '../data/index.ts'
import type { Clock, Signals } from '../kernel/index.ts'
import { devices } from './devices/devices-table.ts'
import { attempts } from './limits/attempts-table.ts'
import type { OpenPart } from './open-part.ts'
import { secrets } from './secrets/secrets-table.ts'
import { sessions } from './session/sessions-table.ts'

const INTERVAL = 10 * 60_000
/** A device that was not used for so long is a new one. */
const DEVICE_IDLE = 400 * 24 * 60 * 60_000

/**
 * Creates the function that removes what is over (counts, sessions, secrets, devices), at most every ten
 * minutes and beside the request that set it off, so that no table grows without end.
 */
export function createSweep(ports: {
  database: Database
  clock: Clock
  signals: Signals
  /** The parts of auth, which are opened later. */
  parts: () => readonly OpenPart[]
}): () => void {
  const { database, clock, signals, parts } = ports
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now()
    if (now - last < INTERVAL) return
    last = now
    const expiresAt = { lt: new Date(now) }
    Promise.all([
      database.system.deleteMany(attempts, { expiresAt }),
      database.system.deleteMany(sessions, { expiresAt }),
      database.system.deleteMany(secrets, { expiresAt }),
      database.system.deleteMany(devices, { lastSeenAt: { lt: new Date(now - DEVICE_IDLE) } }),
      ...parts().map(({ sweep }) => sweep?.(database.system, new Date(now))),
    ]).catch((error: unknown) => {
      signals.log({ level: 'warn', message: 'expired sessions were not removed', error })
    })
  }
}
