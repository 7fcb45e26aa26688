import type { Handle, Row } from '../../data/index.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { users } from '../users.ts'
import type { Accounts } from './accounts.ts'

/** Somebody who has just proved to read an address. */
export interface Reader {
  /** Normalised. */
  readonly email: string
  /** For an account that is made now. */
  readonly name: string | null
  /** Whose account it was when they were written to; null when there was none. */
  readonly user: string | null
  /** Whether an account is made when there is none. */
  readonly signUp: boolean
}

/** The account of a reader, and whether it was made now. */
export interface Admitted {
  readonly user: Row<typeof users>
  readonly created: boolean
}

/**
 * Finds the account of somebody who has proved to read its address, as part of `tx`, or makes one. Null
 * when there is none (any more) to let them into.
 */
export async function admitReader(
  accounts: Accounts,
  tx: Handle,
  { email, name, user: written, signUp }: Reader,
): Promise<Admitted | null> {
  const found = await tx.first(users, { where: { email } })
  if (written !== null && found?.id !== written) return null
  if (found) {
    await accounts.proveEmail(tx, found)
    return { user: found, created: false }
  }
  const user = signUp ? await accounts.create(tx, { email, name, verified: true }) : null
  return user && { user, created: true }
}

/** Whom a secret was sent to, which has come back. */
export function toReader({ user, subject, payload }: OpenGrant, signUp: boolean): Reader {
  const { name } = payload
  return { email: String(subject), name: typeof name === 'string' ? name : null, user, signUp }
}
