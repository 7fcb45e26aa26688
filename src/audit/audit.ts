import { isGuard } from '../http/index.ts'
import { assertKnown, misuse } from '../kernel/index.ts'
import type { Audit, AuditOptions } from './description.ts'
import { createSigner } from './keys.ts'
import { openLog } from './open-log.ts'
import { auditTables } from './tables.ts'

/**
 * Describes an audit log for `backend({ audit })`: it holds every event of auth, every denial, and every
 * change of the tables that are declared with `audit: true`, written in the same commit as what it tells of.
 *
 * Throws `misuse` for unknown options, keys that are none, and a guard that is none.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { audit } from 'plinth/audit'
 * import { auth, password } from 'plinth/auth'
 * import { id, table } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { permission } from 'plinth/http'
 * import { generateKey } from 'plinth/kernel'
 * import * as v from 'valibot'
 *
 * const orders = table('orders', { id: id(), total: v.number() }, { audit: true })
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', [orders]),
 *   auth: auth({ factors: [password()], permissions: { auditor: ['audit:read'] } }),
 *   audit: audit({
 *     keys: { current: '2026', keys: { 2026: generateKey() } },
 *     guard: permission('audit:read'),
 *   }),
 * })
 * ```
 */
export function audit(options: AuditOptions): Audit {
  assertKnown('audit()', options, ['keys', 'guard', 'personal', 'checkpoint', 'publish'])
  const { keys, guard, personal = 'mask', checkpoint = {}, publish } = options
  assertKnown('audit({ keys })', keys, ['current', 'keys'])
  assertKnown('audit({ checkpoint })', checkpoint, ['every', 'interval'])
  if (guard !== undefined && !isGuard(guard)) {
    throw misuse('audit({ guard })', `expected a guard, such as permission('audit:read')`)
  }
  if (personal !== 'mask' && personal !== 'keep') {
    throw misuse('audit({ personal })', `is ${JSON.stringify(personal)}; expected "mask" or "keep"`)
  }
  const { every = 1000, interval = 60 * 60_000 } = checkpoint
  for (const [name, value] of Object.entries({ every, interval })) {
    if (Number.isSafeInteger(value) && value > 0) continue
    throw misuse(
      `audit({ checkpoint }).${name}`,
      `is ${String(value)}; expected a positive integer`,
    )
  }
  if (publish !== undefined && typeof publish !== 'function') {
    throw misuse('audit({ publish })', `expected a function, got ${typeof publish}`)
  }
  const settings = {
    signer: createSigner(keys),
    guard,
    personal,
    checkpoint: { every, interval },
    publish,
  }
  return {
    kind: 'audit',
    tables: auditTables,
    ...settings,
    open: (ports) => openLog(settings, ports),
  }
}
