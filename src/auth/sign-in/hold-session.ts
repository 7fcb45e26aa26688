import type { Handle, Row } from '../../data/index.ts'
import type { Principal } from '../../http/index.ts'
import { sessionEnded } from '../errors.ts'
import { sessions } from '../session/sessions-table.ts'

/**
 * Returns the session of a request and keeps it open until `tx` ends: an owner who ends a stolen session
 * stops what is under way in it. Throws `unauthenticated` (401) when it has ended.
 */
export async function holdSession(
  tx: Handle,
  { actor, sessionId }: Principal,
): Promise<Row<typeof sessions>> {
  // Written as it is, which waits for whoever is ending it.
  const held = await tx.update(sessions, sessionId, { user: actor.id })
  if (held) return held
  throw sessionEnded()
}
