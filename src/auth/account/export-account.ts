import type { Handle } from '../../data/index.ts'
import { toBase64Url } from '../../kernel/index.ts'
import { devices } from '../devices/devices-table.ts'
import type { AuthServices } from '../part.ts'
import { sessions } from '../session/sessions-table.ts'
import { users } from '../users.ts'

/**
 * Finds what else is stored of a user, by the name that it is exported under. Dates, big integers and
 * bytes among the values become text.
 */
export type ExportRows = Readonly<Record<string, (db: Handle, user: string) => Promise<unknown>>>

/** Everything that is stored of a user, as JSON has it. */
export interface AccountExport {
  readonly exportedAt: string
  readonly user: unknown
  readonly sessions: unknown
  readonly devices: unknown
  /** What the factors and features have stored, by their names. */
  readonly auth: unknown
  /** What the application's own functions have found, by their names. */
  readonly data: unknown
}

const MANY = 1000

/** Puts together what is stored of a user: neither digests nor seeds, nothing that opens anything. */
export async function exportAccount(
  { accounts, clock, rows }: Pick<AuthServices, 'accounts' | 'clock'> & { rows: ExportRows },
  { db, user }: { db: Handle; user: string },
): Promise<AccountExport> {
  const where = { user }
  const limit = MANY
  const open = await db.list(sessions, {
    where: { ...where, impersonator: null },
    select: ['id', 'methods', 'address', 'userAgent', 'createdAt', 'lastSeenAt', 'expiresAt'],
    limit,
  })
  const known = await db.list(devices, {
    where,
    select: ['id', 'address', 'userAgent', 'createdAt', 'lastSeenAt', 'trustedUntil'],
    limit,
  })
  const data: Record<string, unknown> = {}
  for (const [name, find] of Object.entries(rows)) data[name] = await find(db, user)
  return toJson({
    exportedAt: new Date(clock.now()).toISOString(),
    user: await db.get(users, user),
    sessions: open.items,
    devices: known.items,
    auth: await accounts.exportParts(db, user),
    data,
  })
}

/** Values as JSON has them. */
function toJson(exported: AccountExport): AccountExport {
  return JSON.parse(
    JSON.stringify(exported, (_, value: unknown) => {
      if (typeof value === 'bigint') return String(value)
      return value instanceof Uint8Array ? toBase64Url(value) : value
    }),
  )
}
