import { type AnyTable, type Database, one, type Row, schema } from '../../data/index.ts'
import { users } from '../users.ts'
import { createRemembering, type Find } from './remember.ts'
import { sessions } from './sessions-table.ts'

/** A session that is stored, with the user whose it is. */
export interface StoredSession {
  readonly session: Row<typeof sessions>
  readonly user: Row<typeof users>
}

/** Finds the session of a token's digest, as it is now; null when there is none or its user is gone. */
export type FindSession = Find<StoredSession>

/** Sessions with the users whose they are, which are read by one statement. */
const { sessions: owned } = schema(
  { users, sessions },
  { relations: { sessions: { owner: one('users', 'user') } } },
)

/** The same for the database: `sessions` with its relation. */
export const ownedSessions: AnyTable = owned

/** Creates the look-up of sessions: one indexed query, or none while nothing is committed. */
export function createFindSession(database: Database): FindSession {
  return createRemembering(database, async (tokenHash, scope) => {
    const found = await database
      .systemIn(scope)
      .first(owned, { where: { tokenHash }, include: { owner: true } })
    if (!found?.owner) return null
    const { owner: user, ...session } = found
    // Shared by the requests of a session: none may give itself a role.
    Object.freeze(user.roles)
    return { session, user }
  })
}
