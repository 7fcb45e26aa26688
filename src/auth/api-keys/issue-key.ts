import type { Handle } from '../../data/index.ts'
import {
  type Actor,
  type Clock,
  PlinthError,
  sha256,
  systemRandom,
  toBase64Url,
} from '../../kernel/index.ts'
import { invalidInput } from '../errors.ts'
import { apiKeys } from './api-keys-table.ts'
import { type NewApiKey, toApiKeyView, type WantedKey } from './wire.ts'

/** Whose a key is to be. */
export type KeyOwner =
  | { readonly user: string; readonly serviceAccount: null }
  | { readonly user: null; readonly serviceAccount: string }

/** Makes a key of 256 bits as part of `tx`. The copy returned is the only one. */
export type IssueKey = (tx: Handle, owner: KeyOwner, wanted: WantedKey) => Promise<NewApiKey>

/** Keys that one owner has at most. */
export const MOST_KEYS: number = 100
/** Characters of a key that are shown, beyond its prefix. */
const SHOWN = 6

export function createIssueKey({ clock, prefix }: { clock: Clock; prefix: string }): IssueKey {
  return async (tx, owner, { name, scopes = null, expiresAt = null, limit = null }) => {
    const now = clock.now()
    if (expiresAt && expiresAt.getTime() <= now)
      throw invalidInput('expiresAt', 'Expected a time to come.')
    if ((await tx.count(apiKeys, owner)) >= MOST_KEYS) throw tooMany()
    const key = prefix + toBase64Url(systemRandom.bytes(32))
    const row = await tx.create(apiKeys, {
      ...owner,
      name,
      tokenHash: await sha256(key),
      start: key.slice(0, prefix.length + SHOWN),
      scopes,
      limit,
      createdAt: new Date(now),
      expiresAt,
      lastUsedAt: null,
    })
    return { apiKey: toApiKeyView(row), key }
  }
}

/**
 * Throws `invalid_input` (422) unless whoever gives permissions away has them, and all are among `allowed`
 * where there is such a list: nobody becomes more by making a key.
 */
export function assertGivable(
  names: readonly string[] | undefined,
  { by, of: allowed, at }: { by: Actor; of?: readonly string[] | undefined; at: string },
): void {
  if (!names && allowed) throw invalidInput(at, 'Expected the permissions that the key is for.')
  const foreign = names?.find(
    (name) => !by.permissions?.includes(name) || (allowed && !allowed.includes(name)),
  )
  if (foreign === undefined) return
  throw invalidInput(at, `You cannot give away the permission ${JSON.stringify(foreign)}.`)
}

function tooMany(): PlinthError {
  const message = 'There are as many keys as there may be. Revoke one first.'
  return new PlinthError('too_many_keys', message, { status: 409 })
}
