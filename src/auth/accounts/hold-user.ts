import type { Handle, Row } from '../../data/index.ts'
import { users } from '../users.ts'

/**
 * The user as they are now, who stays so until `tx` ends; null when there is none. Whoever opens a
 * session and whoever ends them all hold the user first: where transactions run side by side, one waits
 * for the other, and no session slips in between a ban or a new factor and the end of all sessions.
 */
export async function holdUser(tx: Handle, id: string): Promise<Row<typeof users> | null> {
  const seen = await tx.get(users, id)
  // Written as it is, with what never changes, and answered as it is by then.
  return seen && tx.update(users, id, { createdAt: seen.createdAt })
}
