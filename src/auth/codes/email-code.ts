import { assertKnown } from '../../kernel/index.ts'
import { admitReader, toReader } from '../accounts/reader.ts'
import { assertFlag } from '../options.ts'
import type { Factor } from '../part.ts'
import { EMAIL_CODE } from './methods.ts'
import type { EmailCodeOperations } from './operations.ts'
import { requestEmailCode } from './request-email-code.ts'
import { signInByCode } from './sign-in-by-code.ts'

/** Who gets a code. */
export interface EmailCodeOptions {
  /** Whether a code makes an account for an address that has none. Default true. */
  readonly signUp?: boolean
}

/**
 * Makes the factor of a code by e-mail: six digits, good for ten minutes and for five guesses, and only
 * together with the challenge that the request for it was answered with. All guesses at an account count
 * together, however many codes are asked for.
 *
 * Needs `auth({ mail, origin, keys })`. An account is made when the code is used and not before.
 *
 * ```ts
 * import { auth, consoleMail, emailCode } from 'plinth/auth'
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * export const accounts = auth({
 *   factors: [emailCode({ signUp: false })],
 *   origin: 'http://localhost:3000',
 *   mail: consoleMail(),
 *   keys: createKeyring({ current: '2026', keys: { 2026: generateKey() } }),
 * })
 * ```
 */
export function emailCode(options: EmailCodeOptions = {}): Factor<EmailCodeOperations> {
  assertKnown('emailCode()', options, ['signUp'])
  const { signUp = true } = options
  assertFlag(signUp, 'emailCode().signUp')
  return {
    kind: 'factor',
    name: EMAIL_CODE,
    tables: [],
    needs: ['mail', 'origin', 'keys'],
    open(services) {
      return {
        operations: {
          emailCode: requestEmailCode(services, { signUp }),
          confirmEmailCode: signInByCode(services, {
            method: EMAIL_CODE,
            summary: 'Sign in by a code from an e-mail',
            admit: (tx, grant) => admitReader(services.accounts, tx, toReader(grant, signUp)),
          }),
        },
        // Whoever has an address can be written to.
        countWaysIn: async () => 1,
      }
    },
  }
}
