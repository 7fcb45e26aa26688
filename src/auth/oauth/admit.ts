import type { Handle, Row } from '../../data/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { users } from '../users.ts'
import { accountExists, alreadyLinked, emailUnverified, noAccount } from './errors.ts'
import type { Proven } from './exchange.ts'
import { identities } from './identities-table.ts'
import type { OAuthServices } from './operations.ts'
import { sealTokens } from './tokens.ts'

/** Whose account an identity opens, and how it came to. */
export interface Admitted {
  readonly user: string
  /** Whether the identity is new here. */
  readonly linked: boolean
  /** Whether the account is. */
  readonly created: boolean
}

/**
 * Finds the account of an identity as part of `tx`, or makes one. An identity opens the account that it
 * was linked to, whatever addresses say. An unknown one makes an account of an address that the provider
 * vouches for and that has none. It never opens the account of an address: only where nobody has proved to
 * read that address, and the provider hands it out itself, does its owner take over, and everything that
 * was on the account before goes.
 */
export async function admit(
  tx: Handle,
  proven: Proven,
  services: OAuthServices,
): Promise<Admitted> {
  const { email, verified, name } = proven.profile
  const known = await findKnown(tx, proven, services)
  if (known) return known
  const address = verified ? email : null
  if (!services.provider.makesAccounts) {
    if (address === null || !(await tx.exists(users, { email: address }))) throw noAccount()
  }
  if (address === null) throw emailUnverified()
  const created = await services.accounts.create(tx, { email: address, name, verified: true })
  // Made at this moment, perhaps by the same person in another tab.
  const other = created ? null : await findKnown(tx, proven, services)
  if (other) return other
  const user = created ?? (await takeOver(tx, address, { proven, services }))
  await storeIdentity(tx, proven, { user: user.id, services })
  return { user: user.id, linked: true, created: created !== null }
}

async function findKnown(
  tx: Handle,
  proven: Proven,
  services: OAuthServices,
): Promise<Admitted | null> {
  const { issuer, subject } = proven.profile
  const known = await tx.first(identities, { where: { issuer, subject } })
  if (!known) return null
  const { id, user } = known
  // Unlinked at this moment, it opens nothing; held from here on, its sessions go when it is unlinked.
  if (!(await tx.update(identities, id, await used(proven, user, services), { user }))) return null
  return { user, linked: false, created: false }
}

/** The account of an address that nobody has proved to read, rid of all that was on it. */
async function takeOver(
  tx: Handle,
  email: string,
  { proven, services }: { readonly proven: Proven; readonly services: OAuthServices },
): Promise<Row<typeof users>> {
  const user = await tx.first(users, { where: { email } })
  if (!user || !proven.profile.authoritative) throw accountExists()
  if (!(await services.accounts.proveEmail(tx, user))) throw accountExists()
  return user
}

/** Links an identity to a user as part of `tx`. Throws `already_linked` (409). */
export async function linkIdentity(
  tx: Handle,
  proven: Proven,
  { user, services }: { readonly user: string; readonly services: OAuthServices },
): Promise<boolean> {
  const { issuer, subject } = proven.profile
  const known = await tx.first(identities, { where: { issuer, subject } })
  if (known && known.user !== user) throw alreadyLinked()
  const fields = await used(proven, user, services)
  if (known && (await tx.update(identities, known.id, fields, { user }))) return false
  await storeIdentity(tx, proven, { user, services })
  return true
}

/** Stores an identity; the unique keys decide whether it, and this provider's place, are free. */
async function storeIdentity(
  tx: Handle,
  proven: Proven,
  { user, services }: { readonly user: string; readonly services: OAuthServices },
): Promise<void> {
  const { issuer, subject } = proven.profile
  const fields = await used(proven, user, services)
  const { name: provider } = services.provider
  const row = { user, provider, issuer, subject, tokens: null, createdAt: fields.usedAt, ...fields }
  try {
    await tx.transaction((inner) => inner.create(identities, row))
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') throw alreadyLinked()
    throw error
  }
}

/** What each use of an identity writes down. */
async function used(
  { profile, tokens }: Proven,
  user: string,
  { clock, keys, provider }: OAuthServices,
): Promise<{ usedAt: Date; email: string | null; tokens?: string }> {
  const now = clock.now()
  const stamp = { usedAt: new Date(now), email: profile.email }
  if (!provider.keepsTokens) return stamp
  return { ...stamp, tokens: await sealTokens(tokens, { user, ...profile }, { keys, now }) }
}
