import type { Factor } from '../part.ts'
import { type RecoveryCodeOperations, recoveryCodeOperations } from './operations.ts'
import { recoveryCodesTable } from './recovery-codes-table.ts'

/**
 * Makes recovery codes: ten codes on paper, each of which stands in once for a second factor that was
 * lost. Only a user who has enrolled another second factor is asked for one.
 *
 * A code has 120 random bits in groups of four letters and digits, of which none look alike; case,
 * spaces and hyphens do not matter when it is typed in. Stored are digests.
 *
 * ```ts
 * import { auth, password, recoveryCodes, totp } from 'plinth/auth'
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * export const accounts = auth({
 *   factors: [password(), totp(), recoveryCodes()],
 *   keys: createKeyring({ current: '2026', keys: { 2026: generateKey() } }),
 * })
 * ```
 */
export function recoveryCodes(): Factor<RecoveryCodeOperations> {
  return {
    kind: 'factor',
    name: 'recovery-codes',
    second: true,
    tables: [recoveryCodesTable],
    open(services) {
      return {
        operations: { recoveryCodes: recoveryCodeOperations(services) },
        secondFactor: {
          name: 'recovery-code',
          backup: true,
          isEnrolled: (db, user) => db.exists(recoveryCodesTable, { user }),
        },
        forget: async (tx, user) => {
          await tx.deleteMany(recoveryCodesTable, { user })
        },
        export: async (db, user) => ({ left: await db.count(recoveryCodesTable, { user }) }),
      }
    },
  }
}
