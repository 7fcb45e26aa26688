import { memoryStore, type RateLimitStore } from '../../http/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'
import { assertFunction } from '../options.ts'
import type { Feature } from '../part.ts'
import { apiKeys as keys } from './api-keys-table.ts'
import { createFindKey, ownedKeys } from './find-key.ts'
import { createIssueKey } from './issue-key.ts'
import { createNoteUse } from './note-use.ts'
import type { ApiKeyOperations } from './operations.ts'
import { createKey, listKeys, revokeKey } from './own-keys.ts'
import { createAccountKey, listAccountKeys, revokeAccountKey } from './service-account-keys.ts'
import { createAccount, disableAccount, listAccounts } from './service-accounts.ts'
import { serviceAccounts } from './service-accounts-table.ts'

/** What API keys look like and may be for. */
export interface ApiKeyOptions {
  /** What keys begin with, for secret scanners. Default `plinth_k_`. */
  readonly prefix?: string
  /**
   * The permissions that the keys of people may be for: each key then has to name its own, and no key does
   * more. Default: whatever its owner may, and all of it where a key names none.
   */
  readonly permissions?: readonly string[]
  /** Counts the requests of keys that have a limit. Default: in memory, for each process by itself. */
  readonly store?: RateLimitStore
}

const PREFIX = /^[a-z][a-z0-9]{0,19}(?:_[a-z0-9]{1,20}){0,3}_$/
/** What the tokens of sessions and their refresh tokens begin with. */
const TAKEN = /^plinth_[sr]_/
/** An expired key is shown in the list of its owner for so long. */
const SHOWN_AFTER = 30 * 24 * 60 * 60_000

/**
 * Gives people API keys for their programs, and staff service accounts with keys of their own. Keys are sent
 * as `Authorization: Bearer`, shown once and stored as digests.
 *
 * A key with scopes opens what `permission()` guards, for scopes that its owner still has. A key
 * without acts as its owner, but for whatever changes how the account is entered. Of revoked and
 * expired keys, banned owners and disabled accounts the very next request is refused.
 *
 * ```ts
 * import { apiKeys, auth, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [apiKeys({ prefix: 'acme_', permissions: ['orders:read'] })],
 *   permissions: { customer: ['orders:read', 'orders:cancel'] },
 * })
 * ```
 */
export function apiKeys(options: ApiKeyOptions = {}): Feature<ApiKeyOperations> {
  assertKnown('apiKeys()', options, ['prefix', 'permissions', 'store'])
  const { prefix = 'plinth_k_', permissions, store = memoryStore() } = options
  if (typeof prefix !== 'string' || !PREFIX.test(prefix) || TAKEN.test(prefix)) {
    throw misuse('apiKeys().prefix', `is ${JSON.stringify(prefix)}; expected one like "acme_"`)
  }
  if (permissions !== undefined && !isListOfNames(permissions)) {
    throw misuse('apiKeys().permissions', 'expected a list of names, such as ["orders:read"]')
  }
  assertFunction(store?.take ?? null, 'apiKeys().store', 'that of memoryStore()')
  const form = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`)
  return {
    kind: 'feature',
    name: 'apiKeys',
    tables: [serviceAccounts, ownedKeys],
    open(services) {
      const own = { ...services, permissions, issueKey: createIssueKey({ ...services, prefix }) }
      const noteUse = createNoteUse(services)
      const isKey = (token: string): boolean => form.test(token)
      const find = createFindKey({ ...services, permissions, store, isKey, noteUse })
      return {
        operations: {
          apiKeys: { list: listKeys(own), create: createKey(own), revoke: revokeKey(own) },
          serviceAccounts: {
            list: listAccounts(own),
            create: createAccount(own),
            disable: disableAccount(own),
            keys: {
              list: listAccountKeys(own),
              create: createAccountKey(own),
              revoke: revokeAccountKey(own),
            },
          },
        },
        credential: { prefix, find: (token, _, scope) => find(token, scope) },
        forget: async (tx, user) => {
          await tx.deleteMany(keys, { user })
        },
        export: async (db, user) => {
          const { items } = await db.list(keys, {
            where: { user },
            select: ['name', 'scopes', 'createdAt', 'expiresAt', 'lastUsedAt'],
          })
          return items
        },
        sweep: (db, now) =>
          db.deleteMany(keys, { expiresAt: { lt: new Date(now.getTime() - SHOWN_AFTER) } }),
      }
    },
  }
}

function isListOfNames(given: readonly unknown[]): boolean {
  return Array.isArray(given) && given.every((name) => typeof name === 'string' && name !== '')
}
