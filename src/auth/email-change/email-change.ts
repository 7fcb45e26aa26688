import type { Feature } from '../part.ts'
import { changeEmail } from './change-email.ts'
import { confirmEmail } from './confirm-email.ts'
import type { EmailChangeOperations } from './operations.ts'

/**
 * Makes the feature by which users change the e-mail address of their account, or verify the one it has.
 *
 * A link is mailed to the address that is to be; it is confirmed in a session of the account, within an
 * hour. So nobody who is mailed a link by somebody else's account gives that account their address. Both
 * addresses are told, all other sessions end, and so do links that were mailed to the old address.
 *
 * Needs `auth({ mail, origin })`.
 *
 * ```ts
 * import { auth, consoleMail, emailChange, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [emailChange()],
 *   origin: 'http://localhost:3000',
 *   mail: consoleMail(),
 * })
 * ```
 */
export function emailChange(): Feature<EmailChangeOperations> {
  return {
    kind: 'feature',
    name: 'email-change',
    tables: [],
    needs: ['mail', 'origin'],
    open: (services) => ({
      operations: { changeEmail: changeEmail(services), confirmEmail: confirmEmail(services) },
    }),
  }
}
