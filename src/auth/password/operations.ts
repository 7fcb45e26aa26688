import * as v from 'valibot'
import type { Operation, Wire } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { RenewedSession, Transport } from '../session/wire.ts'
import type { SignInOutput } from '../sign-in/wire.ts'
import type { AssertUnbreached } from './breached.ts'
import type { Hasher } from './hasher.ts'
import { normalizePassword, type PasswordRules } from './password-text.ts'

/** What the factor `password()` offers. */
export type PasswordOperations = {
  /**
   * `POST /auth/sign-up`: answers alike whether or not the address was free. With `auth({ mail })` there is
   * no account before the link that is mailed is confirmed.
   */
  readonly signUp: Operation<
    { body: { email: string; password: string; name?: string | undefined } },
    { 202: { status: 'accepted' } }
  >
  /**
   * `POST /auth/sign-up/confirm`: creates the account and signs in. Only with `auth({ mail })`. The password is
   * needed (422, `body.password`) in any other browser than the one that signed up.
   */
  readonly confirmSignUp: Operation<
    {
      body: { token: string; password?: string | undefined; transport?: Transport | undefined }
    },
    SignInOutput
  >
  /**
   * `POST /auth/sign-in`: opens a session, ending the one that the request came with. 202 when a second
   * factor is enrolled: then there is no session yet.
   */
  readonly signIn: Operation<
    { body: { email: string; password: string; transport?: Transport | undefined } },
    SignInOutput
  >
  /**
   * `POST /auth/password`: sets a new password, ends all sessions and opens one in the place of the
   * request's own. 204 with the new cookie, or 200 with the new token for a bearer.
   */
  readonly changePassword: Operation<
    { body: { current: string; password: string } },
    { 200: Wire<RenewedSession>; 204: undefined }
  >
  /**
   * `POST /auth/reset`: mails a link that sets a new password, if the address has an account. Answers alike
   * if not. Only with `auth({ mail })`.
   */
  readonly reset: Operation<{ body: { email: string } }, { 202: { status: 'accepted' } }>
  /**
   * `POST /auth/reset/confirm`: sets the new password, ends all sessions and links, and signs in; 202 when
   * a second factor is enrolled. Only with `auth({ mail })`.
   */
  readonly confirmReset: Operation<
    { body: { token: string; password: string; transport?: Transport | undefined } },
    SignInOutput
  >
}

/** What the handlers of this factor work with. */
export interface PasswordServices extends AuthServices {
  readonly hasher: Hasher
  readonly rules: PasswordRules
  readonly assertUnbreached: AssertUnbreached
}

/** Longer than any password may be, counted as valibot does: two for some characters. */
const LONGEST_INPUT = 1024

/** A password of a request, normalised. What it must be like is looked at when one is set. */
export const passwordSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.nonEmpty('Expected a password.'),
  v.maxLength(LONGEST_INPUT, 'Use at most 256 characters.'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const normalized = normalizePassword(dataset.value)
    if (normalized !== undefined) return normalized
    addIssue({ message: 'Expected a password without control characters.' })
    return NEVER
  }),
  v.description('A new one has 8 to 256 characters.'),
)
