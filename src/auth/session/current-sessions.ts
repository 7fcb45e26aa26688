import { type AnyTable, type Database, one, type Row, schema } from '../../data/index.ts'
import type { Scope } from '../../kernel/index.ts'
import { users } from '../users.ts'
import { sessions } from './sessions-table.ts'

/** A session that is stored, with the user whose it is. */
export interface StoredSession {
  readonly session: Row<typeof sessions>
  readonly user: Row<typeof users>
}

/** Finds the session of a token's digest, as it is now; null when there is none or its user is gone. */
export type FindSession = (tokenHash: string, scope: Scope) => Promise<StoredSession | null>

/** Sessions with the users whose they are, which are read by one statement. */
const { sessions: owned } = schema(
  { users, sessions },
  { relations: { sessions: { owner: one('users', 'user') } } },
)

/** The same for the database: `sessions` with its relation. */
export const ownedSessions: AnyTable = owned

/** Sessions remembered at a time. */
const CAPACITY = 10_000

/**
 * Creates the look-up of sessions. What was found is remembered until anything at all is committed,
 * by whichever process: so a session that is ended, or a role that is taken away, counts on the very
 * next request, and a server that is mostly read asks once.
 */
export function createFindSession(database: Database): FindSession {
  const remembered = new Map<string, StoredSession>()
  let rememberedAt: number | undefined

  return async (tokenHash, scope) => {
    // Asked for before the rows are: they are at least as new as it says.
    const version = database.version()
    if (version !== rememberedAt || remembered.size >= CAPACITY) remembered.clear()
    rememberedAt = version
    const known = remembered.get(tokenHash)
    if (known) return known
    const found = await readSession(tokenHash, scope)
    if (found && version !== undefined && version === rememberedAt) remembered.set(tokenHash, found)
    return found
  }

  async function readSession(tokenHash: string, scope: Scope): Promise<StoredSession | null> {
    const found = await database
      .systemIn(scope)
      .first(owned, { where: { tokenHash }, include: { owner: true } })
    if (!found?.owner) return null
    const { owner: user, ...session } = found
    // Shared by the requests of a session: none may give itself a role.
    Object.freeze(user.roles)
    return { session, user }
  }
}
