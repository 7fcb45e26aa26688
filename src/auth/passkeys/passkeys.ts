import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Factor } from '../part.ts'
import type { UserVerification } from './ceremonies.ts'
import { listPasskeys, removePasskey, renamePasskey } from './manage.ts'
import type { PasskeyOperations } from './operations.ts'
import { passkeys as passkeysTable } from './passkeys-table.ts'
import { register, registrationOptions } from './registration.ts'
import { resolveRpId } from './relying-party.ts'
import { confirmSecondFactor, secondFactorOptions } from './second-factor.ts'
import { confirmSignIn, signInOptions } from './sign-in.ts'

/** For whom passkeys are made, and what is asked of them. */
export interface PasskeysOptions {
  /** What browsers call the application when they ask for a passkey. Default: `rpId`. */
  readonly name?: string
  /**
   * The domain that passkeys are bound to: that of `auth({ origin })`, or one above it that is yours, so
   * that they are good on its other hosts too. Passkeys are lost when it changes. Default: the origin's.
   */
  readonly rpId?: string
  /**
   * Whether authenticators have to verify who holds them, by a PIN, a finger or a face. With `preferred`
   * keys that cannot may be added as well; they are good after a password, and no way in alone.
   * Default `required`.
   */
  readonly userVerification?: UserVerification
}

/**
 * Makes the factor of passkeys (Web Authentication): a way in of its own that shows two factors at once,
 * and the second factor on every other way in for those who have one. Needs `auth({ origin, keys })`.
 *
 * Passkeys are discoverable, so nobody has to type an address. Each challenge is good for 5 minutes and for
 * one answer, right or wrong. An authenticator whose counter goes back may have been copied: it is refused
 * and reported. What authenticators say of their make is not asked for and not looked at.
 *
 * Throws `misuse` for unknown options, and when auth is opened for an `rpId` that is not of the origin.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { passkeys } from 'plinth/auth/passkeys'
 * import { createKeyring } from 'plinth/kernel'
 *
 * export function accounts(key: string) {
 *   return auth({
 *     factors: [password(), passkeys({ name: 'The Shop' })],
 *     origin: 'https://shop.example',
 *     keys: createKeyring({ current: '2026', keys: { 2026: key } }),
 *   })
 * }
 * ```
 */
export function passkeys(options: PasskeysOptions = {}): Factor<PasskeyOperations> {
  assertKnown('passkeys()', options, ['name', 'rpId', 'userVerification'])
  const { name, rpId, userVerification = 'required' } = options
  assertName(name)
  assertVerification(userVerification)
  return {
    kind: 'factor',
    name: 'passkey',
    tables: [passkeysTable],
    needs: ['origin', 'keys'],
    open(services) {
      const { origin } = services
      const id = resolveRpId(rpId, origin)
      const own = { ...services, party: { id, name: name ?? id, origin, userVerification } }
      return {
        operations: {
          passkeys: {
            list: listPasskeys(own),
            registrationOptions: registrationOptions(own),
            register: register(own),
            rename: renamePasskey(own),
            remove: removePasskey(own),
          },
          passkeySignIn: { options: signInOptions(own), confirm: confirmSignIn(own) },
          passkeySecondFactor: {
            options: secondFactorOptions(own),
            confirm: confirmSecondFactor(own),
          },
        },
        secondFactor: {
          name: 'passkey',
          isEnrolled: (db, user) => db.exists(passkeysTable, { user }),
        },
        countWaysIn: (db, user) => db.count(passkeysTable, { user, verifiesUser: true }),
        forget: async (tx, user) => {
          await tx.deleteMany(passkeysTable, { user })
        },
        export: async (db, user) => {
          const { items } = await db.list(passkeysTable, {
            where: { user },
            select: ['name', 'aaguid', 'backedUp', 'createdAt', 'lastUsedAt'],
            limit: 100,
          })
          return items
        },
      }
    },
  }
}

function assertName(name: unknown): void {
  if (name === undefined || (typeof name === 'string' && /^\P{Cc}{1,64}$/u.test(name))) return
  throw misuse('passkeys({ name })', `is ${JSON.stringify(name)}; expected 1 to 64 characters`)
}

function assertVerification(value: unknown): void {
  if (value === 'required' || value === 'preferred') return
  throw misuse(
    'passkeys({ userVerification })',
    `is ${JSON.stringify(value)}; expected "required" or "preferred"`,
  )
}
