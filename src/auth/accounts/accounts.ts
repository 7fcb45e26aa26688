import type { Handle, Row } from '../../data/index.ts'
import { type Clock, PlinthError } from '../../kernel/index.ts'
import { devices } from '../devices/devices-table.ts'
import type { ExportedPart, NamedPart } from '../open-part.ts'
import { secrets } from '../secrets/secrets-table.ts'
import { sessions } from '../session/sessions-table.ts'
import { users } from '../users.ts'
import { holdUser } from './hold-user.ts'

/** Somebody who is to have an account. */
export interface NewAccount {
  /** Normalised. */
  readonly email: string
  readonly name?: string | null
  /** Whether its owner has proved to read the address. */
  readonly verified: boolean
}

/** What happens to accounts as a whole, however they are entered. */
export interface Accounts {
  /** Creates a user as part of `tx`, or answers null when the address is taken: the unique key decides. */
  create(tx: Handle, account: NewAccount): Promise<Row<typeof users> | null>
  /**
   * Notes that the owner of the address has proved to read it. The first time, everything that was put on
   * the account before goes with its sessions: it may be the work of somebody who signed up with an
   * address that is not theirs. Answers whether this was the first time.
   */
  proveEmail(tx: Handle, user: Row<typeof users>): Promise<boolean>
  /**
   * Ends the sessions of a user and those in which they act for others, and whatever else is open for
   * them: links, codes, half sign-ins, the trust in their devices. `except` is a session that goes on.
   */
  endAccess(tx: Handle, user: string, options?: { readonly except?: string }): Promise<void>
  /** What the parts of auth have stored of a user, by their names. No secrets. */
  exportParts(db: Handle, user: string): Promise<Record<string, ExportedPart>>
  /** Throws `last_way_in` (409) unless another way in is left when one is taken away. */
  assertOtherWayIn(tx: Handle, user: string): Promise<void>
}

/** Creates what deals with accounts. */
export function createAccounts(ports: {
  clock: Clock
  /** The parts of auth, which are opened with what is made here. */
  parts: () => readonly NamedPart[]
}): Accounts {
  const { clock, parts } = ports

  async function endAccess(
    tx: Handle,
    user: string,
    { except }: { readonly except?: string } = {},
  ): Promise<void> {
    await holdUser(tx, user)
    await tx.deleteMany(sessions, { user, ...(except !== undefined && { id: { ne: except } }) })
    await tx.deleteMany(sessions, { impersonator: user })
    await tx.deleteMany(secrets, { user })
    await tx.updateMany(devices, { user }, { trustedUntil: null })
  }

  return {
    async create(tx, { email, name = null, verified }) {
      const emailVerifiedAt = verified ? new Date(clock.now()) : null
      try {
        return await tx.transaction((inner) =>
          inner.create(users, { email, name, emailVerifiedAt }),
        )
      } catch (error) {
        if (error instanceof PlinthError && error.code === 'conflict') return null
        throw error
      }
    },
    async proveEmail(tx, { id }) {
      const emailVerifiedAt = new Date(clock.now())
      // Of several proofs at once one is the first: only it finds the address unproved.
      if (!(await tx.update(users, id, { emailVerifiedAt }, { emailVerifiedAt: null })))
        return false
      for (const { forget } of parts()) await forget?.(tx, id)
      await tx.deleteMany(devices, { user: id })
      await endAccess(tx, id)
      return true
    },
    endAccess,
    async exportParts(db, user) {
      const exported: Record<string, ExportedPart> = {}
      for (const part of parts()) {
        const stored = await part.export?.(db, user)
        if (stored) exported[part.name] = stored
      }
      return exported
    },
    async assertOtherWayIn(tx, user) {
      // Of two that are taken away at once, the second waits here and counts what the first has left.
      const owner = await tx.get(users, user)
      if (owner) await tx.update(users, user, { createdAt: owner.createdAt })
      let ways = 0
      for (const { countWaysIn } of parts()) ways += (await countWaysIn?.(tx, user)) ?? 0
      if (ways > 1) return
      throw new PlinthError(
        'last_way_in',
        'This is the only way into the account. Add another first.',
        {
          status: 409,
        },
      )
    },
  }
}
