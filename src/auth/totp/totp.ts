import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Factor } from '../part.ts'
import { type TotpOperations, totpOperations } from './operations.ts'
import { createSeeds, UNCONFIRMED } from './seeds.ts'
import { seeds as seedsTable } from './seeds-table.ts'

/** How authenticator apps name the application. */
export interface TotpOptions {
  /** What stands beside the address in the app. Default: the host of `auth({ origin })`, if there is one. */
  readonly issuer?: string
}

/**
 * Makes the second factor of authenticator apps (TOTP, RFC 6238): six digits, a new code every 30
 * seconds, of which the one before and the one after are taken as well. Where it is enrolled it is asked
 * for on every way in.
 *
 * A code works once, however often and at once it is sent: after it, none of its time step or an earlier
 * one does. Seeds are stored sealed by `auth({ keys })`, bound to their user, and sealed anew under the
 * current key when they are used. Wrong codes count with those of the user's other second factors, as
 * `auth({ limits })` says.
 *
 * ```ts
 * import { auth, password, totp } from 'plinth/auth'
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * export const accounts = auth({
 *   factors: [password(), totp({ issuer: 'Acme' })],
 *   keys: createKeyring({ current: '2026', keys: { 2026: generateKey() } }),
 * })
 * ```
 */
export function totp(options: TotpOptions = {}): Factor<TotpOperations> {
  assertKnown('totp()', options, ['issuer'])
  const { issuer } = options
  if (issuer !== undefined && !isName(issuer)) {
    throw misuse('totp().issuer', `is ${JSON.stringify(issuer)}; expected a name without a colon`)
  }
  return {
    kind: 'factor',
    name: 'totp',
    second: true,
    tables: [seedsTable],
    needs: ['keys'],
    open(services) {
      const seeds = createSeeds(services)
      const host = services.origin === '' ? undefined : new URL(services.origin).hostname
      const own = { ...services, seeds, issuer: issuer ?? host }
      return {
        operations: { totp: totpOperations(own) },
        secondFactor: {
          name: 'totp',
          isEnrolled: (db, user) => db.exists(seedsTable, { user, confirmed: true }),
        },
        forget: async (tx, user) => {
          await tx.deleteMany(seedsTable, { user })
        },
        export: async (db, user) => {
          const stored = await db.first(seedsTable, { where: { user, confirmed: true } })
          return { enrolledAt: stored?.createdAt ?? null }
        },
        sweep: (db, now) =>
          db.deleteMany(seedsTable, {
            confirmed: false,
            createdAt: { lt: new Date(now.getTime() - UNCONFIRMED) },
          }),
      }
    },
  }
}

/** The key URI parts issuer and account by a colon. */
function isName(issuer: unknown): boolean {
  return typeof issuer === 'string' && /^[^:\p{Cc}]{1,100}$/u.test(issuer.trim())
}
