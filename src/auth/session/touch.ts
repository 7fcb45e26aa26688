import type { Database, Row } from '../../data/index.ts'
import type { Scope, Signals } from '../../kernel/index.ts'
import { TOUCH_INTERVAL } from './session-settings.ts'
import { sessions } from './sessions-table.ts'

/** Notes that a session is in use. Returns at once. */
export type Touch = (session: Row<typeof sessions>, now: number, scope: Scope) => void

/**
 * Creates the function that writes down when a session was last used: once a minute, beside the
 * request and not on its way, and only forward. A session that was ended meanwhile stays ended. A
 * failure is logged and costs nothing but an earlier idle limit.
 */
export function createTouch({
  database,
  signals,
}: {
  database: Database
  signals: Signals
}): Touch {
  const writing = new Set<string>()
  return ({ id, lastSeenAt }, now, { trace }) => {
    if (now - lastSeenAt.getTime() < TOUCH_INTERVAL || writing.has(id)) return
    writing.add(id)
    const seen = new Date(now)
    // Not within the request's scope: its end must not undo this write.
    database.system
      .update(sessions, id, { lastSeenAt: seen }, { lastSeenAt: { lt: seen } })
      .catch((error: unknown) => {
        signals.log({ level: 'warn', message: 'use of a session was not recorded', error, trace })
      })
      .finally(() => writing.delete(id))
  }
}
