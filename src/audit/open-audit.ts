import type { Audit } from './description.ts'
import type { AuditPorts, OpenAudit } from './open.ts'

/**
 * Puts the description of a log to work: first the ports that `open()` and `openAuth()` are given, then,
 * by `begin`, the database.
 *
 * ```ts
 * import { audit, openAudit } from 'plinth/audit'
 * import { type DataSource, open } from 'plinth/data'
 * import { generateKey } from 'plinth/kernel'
 *
 * const description = audit({ keys: { current: '2026', keys: { 2026: generateKey() } } })
 *
 * export async function start(source: DataSource) {
 *   const log = openAudit(description)
 *   const { tables } = description
 *   const database = await open(source, { tables, onChange: log.onChange })
 *   await database.migrate()
 *   await log.begin(database)
 *   return { database, log }
 * }
 * ```
 */
export function openAudit(description: Audit, ports?: AuditPorts): OpenAudit {
  return description.open(ports)
}
