import type { Handle, Row } from '../../data/index.ts'
import { users } from '../users.ts'

type User = Row<typeof users>

/**
 * The user as they are now, who stays so until `tx` ends; null when there is none. `seen` is the user as
 * they were read before `tx`, where they were: it saves reading them again. Whoever opens a
 * session and whoever ends them all hold the user first: where transactions run side by side, one waits
 * for the other, and no session slips in between a ban or a new factor and the end of all sessions.
 */
export async function holdUser(tx: Handle, id: string, seen?: User): Promise<User | null> {
  const held = seen && (await writeAsSeen(tx, seen))
  if (held) return held
  const current = await tx.get(users, id)
  return current && writeAsSeen(tx, current)
}

/** Written with what never changes, and answered as they are by then. */
function writeAsSeen(tx: Handle, { id, createdAt }: User): Promise<User | null> {
  return tx.update(users, id, { createdAt }, { createdAt })
}
