import type { Database, Row } from '../../data/index.ts'
import type { Scope, Signals } from '../../kernel/index.ts'
import { TOUCH_INTERVAL } from '../session/session-settings.ts'
import { apiKeys } from './api-keys-table.ts'

/**
 * Creates the function that writes down when a key was last used: once a minute, beside the request and
 * not on its way. A failure is logged and costs nothing but that time.
 */
export function createNoteUse({
  database,
  signals,
}: {
  database: Database
  signals: Signals
}): (key: Row<typeof apiKeys>, now: number, scope: Scope) => void {
  const writing = new Set<string>()
  return ({ id, lastUsedAt }, now, { trace }) => {
    if (now - (lastUsedAt?.getTime() ?? 0) < TOUCH_INTERVAL || writing.has(id)) return
    writing.add(id)
    // Not within the request's scope: its end must not undo this write.
    database.system
      .update(apiKeys, id, { lastUsedAt: new Date(now) }, { lastUsedAt })
      .catch((error: unknown) => {
        signals.log({ level: 'warn', message: 'use of a key was not recorded', error, trace })
      })
      .finally(() => writing.delete(id))
  }
}
