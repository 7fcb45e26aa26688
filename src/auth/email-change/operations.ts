import type { Operation, Wire } from '../../http/index.ts'
import type { Accepted } from '../secrets/wire.ts'
import type { UserView } from '../session/wire.ts'

/** What the feature `emailChange()` offers. */
export type EmailChangeOperations = {
  /**
   * `POST /auth/email`: mails a link to a new address, or to the present one to verify it. Answers alike
   * whether or not the address is free.
   */
  readonly changeEmail: Operation<{ body: { email: string } }, { 202: Accepted }>
  /** `POST /auth/email/confirm`: makes it the address of the account, in a session of its owner. */
  readonly confirmEmail: Operation<{ body: { token: string } }, { 200: Wire<{ user: UserView }> }>
}

/** The purpose of its secrets. */
export const EMAIL = 'email'
