import type { Handle, Row } from '../../data/index.ts'
import type { Keyring } from '../../kernel/index.ts'
import { identities } from './identities-table.ts'

/** What a provider gave us for somebody (RFC 6749, section 5.1). */
export interface TokenSet {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly scope?: string | undefined
  /** Seconds. */
  readonly expires_in?: number | undefined
}

/** A provider's tokens for a user of ours, as they were when the user last signed in with it. */
export interface ProviderTokens {
  readonly access: string
  /** Null when the provider gave none. */
  readonly refresh: string | null
  /** The scopes granted; null when the provider did not say. */
  readonly scope: string | null
  /** Null when the provider did not say. */
  readonly expiresAt: Date | null
}

type Owner = Pick<Row<typeof identities>, 'user' | 'issuer' | 'subject'>

const PURPOSE = 'auth.oauth-tokens'

/** Seals tokens together with whose they are: moved to another row they do not open. */
export async function sealTokens(
  { access_token, refresh_token, scope, expires_in }: TokenSet,
  { user, issuer, subject }: Owner,
  { keys, now }: { readonly keys: Keyring; readonly now: number },
): Promise<string> {
  const stored: Stored = {
    owner: [user, issuer, subject],
    access: access_token,
    refresh: refresh_token ?? null,
    scope: scope ?? null,
    expiresAt: expires_in === undefined ? null : now + expires_in * 1000,
  }
  return keys.seal(new TextEncoder().encode(JSON.stringify(stored)), PURPOSE)
}

interface Stored {
  readonly owner: readonly [string, string, string]
  readonly access: string
  readonly refresh: string | null
  readonly scope: string | null
  readonly expiresAt: number | null
}

/**
 * Reads the tokens that a provider gave for a user, where its factor was made with `tokens: true`; null
 * when there are none. They are those of the last sign-in and are not renewed.
 *
 * ```ts
 * import { providerTokens } from 'plinth/auth/oauth'
 * import type { Database } from 'plinth/data'
 * import type { Keyring } from 'plinth/kernel'
 *
 * async function repositories(db: Database, keys: Keyring, user: string): Promise<unknown> {
 *   const tokens = await providerTokens(db.system, { keys, user, provider: 'github' })
 *   if (!tokens) return []
 *   const headers = { authorization: `Bearer ${tokens.access}` }
 *   return (await fetch('https://api.github.com/user/repos', { headers })).json()
 * }
 * ```
 */
export async function providerTokens(
  db: Handle,
  {
    keys,
    user,
    provider,
  }: { readonly keys: Keyring; readonly user: string; readonly provider: string },
): Promise<ProviderTokens | null> {
  const row = await db.first(identities, { where: { user, provider } })
  const bytes = row?.tokens ? await keys.open(row.tokens, PURPOSE) : null
  if (!row || !bytes) return null
  // Sealed by `sealTokens`, and by nothing else.
  const stored = JSON.parse(new TextDecoder().decode(bytes)) as Stored
  const owner = [row.user, row.issuer, row.subject]
  if (stored.owner.some((part, at) => part !== owner[at])) return null
  const { access, refresh, scope, expiresAt } = stored
  return { access, refresh, scope, expiresAt: expiresAt === null ? null : new Date(expiresAt) }
}
