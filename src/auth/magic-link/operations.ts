import type { Operation } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { Accepted } from '../secrets/wire.ts'
import type { Transport } from '../session/wire.ts'
import type { SignInOutput } from '../sign-in/wire.ts'

/** What the factor `magicLink()` offers. */
export type MagicLinkOperations = {
  /** `POST /auth/magic-link`: mails a link that signs in; answers alike whether or not it does. */
  readonly magicLink: Operation<
    { body: { email: string; name?: string | undefined } },
    { 202: Accepted }
  >
  /** `POST /auth/magic-link/confirm`: spends the link and signs in; makes the account if there is none. */
  readonly confirmMagicLink: Operation<
    { body: { token: string; transport?: Transport | undefined } },
    SignInOutput
  >
}

/** What its handlers work with. */
export interface MagicLinkServices extends AuthServices {
  /** Whether a link makes an account where there is none. */
  readonly signUp: boolean
  /** Milliseconds. */
  readonly lifetime: number
}

export const MAGIC_LINK = 'magic-link'
