import { type AnyTable, type Database, one, type Row, schema } from '../../data/index.ts'
import type { Principal, RateLimitStore } from '../../http/index.ts'
import { type Actor, type Clock, type Scope, sha256 } from '../../kernel/index.ts'
import { isBanned } from '../accounts/ban.ts'
import { rateLimited } from '../errors.ts'
import type { PermissionsOf } from '../permissions.ts'
import { createRemembering } from '../session/remember.ts'
import { users } from '../users.ts'
import { apiKeys } from './api-keys-table.ts'
import { serviceAccounts } from './service-accounts-table.ts'

/** A key that is stored, with whose it is: one of the two. */
interface StoredKey {
  readonly key: Row<typeof apiKeys>
  readonly owner: Row<typeof users> | null
  readonly account: Row<typeof serviceAccounts> | null
}

/** Keys with their owners, which are read by one statement. */
const { apiKeys: owned } = schema(
  { users, serviceAccounts, apiKeys },
  {
    relations: {
      apiKeys: { owner: one('users', 'user'), account: one('serviceAccounts', 'serviceAccount') },
    },
  },
)

/** The same for the database: `apiKeys` with its relations. */
export const ownedKeys: AnyTable = owned

export interface FindKeyPorts {
  readonly database: Database
  readonly clock: Clock
  readonly permissionsOf: PermissionsOf
  readonly isKey: (token: string) => boolean
  /** What keys may be limited to; undefined when they need not be. */
  readonly permissions: readonly string[] | undefined
  readonly store: RateLimitStore
  readonly noteUse: (key: Row<typeof apiKeys>, now: number, scope: Scope) => void
}

/**
 * Creates the function that finds whose an API key is, by its digest: null for what is no key, one that has
 * expired, and one whose owner is banned or disabled. Throws `rate_limited` for one used too often.
 */
export function createFindKey(
  ports: FindKeyPorts,
): (token: string, scope: Scope) => Promise<Principal | null> {
  const { database, clock, permissionsOf, isKey, permissions, store, noteUse } = ports
  const findKey = createRemembering<StoredKey>(database, (tokenHash, scope) =>
    readKey(database, tokenHash, scope),
  )
  return async (token, scope) => {
    const found = isKey(token) ? await findKey(await sha256(token), scope) : null
    const now = clock.now()
    const actor = found && actorOf(found, now, permissionsOf)
    if (!found || !actor || isOver(found.key, now)) return null
    await take(store, found.key, now)
    noteUse(found.key, now, scope)
    const credential = { credential: 'bearer', kind: 'key', sessionId: found.key.id } as const
    const limited = found.key.scopes ?? permissions
    if (!limited) return { actor, ...credential }
    const scopes = limited.filter(
      (name) => actor.permissions?.includes(name) && (permissions?.includes(name) ?? true),
    )
    return { actor: { id: actor.id, roles: [], permissions: scopes }, scopes, ...credential }
  }
}

async function readKey(
  database: Database,
  tokenHash: string,
  scope: Scope,
): Promise<StoredKey | null> {
  const found = await database
    .systemIn(scope)
    .first(owned, { where: { tokenHash }, include: { owner: true, account: true } })
  if (!found) return null
  const { owner, account, ...key } = found
  // Shared by the requests of a key: none may give itself more.
  for (const list of [owner?.roles, account?.permissions, key.scopes]) Object.freeze(list)
  return { key, owner, account }
}

/** All that the owner may be, or null for one who may be nobody now. */
function actorOf(
  { owner, account }: StoredKey,
  now: number,
  permissionsOf: PermissionsOf,
): Actor | null {
  if (owner && !isBanned(owner, now)) {
    return { id: owner.id, roles: owner.roles, permissions: permissionsOf(owner.roles) }
  }
  if (account && account.disabledAt === null) {
    return { id: account.id, roles: [], permissions: account.permissions }
  }
  return null
}

function isOver({ expiresAt }: Row<typeof apiKeys>, now: number): boolean {
  return expiresAt !== null && now >= expiresAt.getTime()
}

async function take(
  store: RateLimitStore,
  { id, limit }: Row<typeof apiKeys>,
  now: number,
): Promise<void> {
  if (!limit) return
  const rule = {
    algorithm: 'sliding-window',
    limit: limit.requests,
    window: limit.window,
  } as const
  const { allowed, wait } = await store.take(`api-key ${id}`, 1, rule, now)
  if (!allowed) throw rateLimited(wait / 1000)
}
