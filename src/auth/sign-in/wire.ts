import * as v from 'valibot'
import type { Wire } from '../../http/index.ts'
import {
  type BearerTokens,
  renewalEntries,
  type SessionView,
  sessionView,
  type Transport,
  type UserView,
  userView,
} from '../session/wire.ts'

/** What signing in answers: the tokens only to those who asked for them instead of cookies. */
export interface SignedIn extends BearerTokens {
  readonly user: UserView
  readonly session: SessionView
  /** To send as `Device-Token` when signing in again: this device is known by it. */
  readonly device?: string | undefined
}

/** A sign-in that is half done: right so far, and a second factor is enrolled. No session. */
export interface SecondFactorNeeded {
  readonly status: 'second_factor_needed'
  /** The enrolled ones, such as `totp`, `passkey`, `recovery-code`. */
  readonly factors: string[]
  readonly expiresAt: Date
  /** To send with the second factor; browsers have it as a cookie. */
  readonly pending?: string | undefined
}

/** The answers of every way in. */
export type SignInOutput = {
  200: Wire<SignedIn>
  202: Wire<SecondFactorNeeded>
}

/** The responses of every way in, for the declaration of an operation. */
export const signInResponses: {
  readonly 200: v.GenericSchema<SignedIn>
  readonly 202: v.GenericSchema<SecondFactorNeeded>
} = {
  200: v.object({
    user: userView,
    session: sessionView,
    token: v.optional(v.string()),
    ...renewalEntries,
    device: v.optional(v.string()),
  }),
  202: v.object({
    status: v.literal('second_factor_needed'),
    factors: v.array(v.string()),
    expiresAt: v.date(),
    pending: v.optional(v.string()),
  }),
}

/** How a client wants to be given its tokens. */
export const transportSchema: v.GenericSchema<Transport | undefined, Transport> = v.optional(
  v.picklist(['cookie', 'bearer']),
  'cookie',
)
