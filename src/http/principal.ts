import type { Actor } from '../kernel/index.ts'

/** Who is calling, as the authenticator found out. */
export interface Principal {
  readonly actor: Actor
  /** How the credential came: a cookie is sent by browsers unasked, so it brings the origin check. */
  readonly credential: 'cookie' | 'bearer'
  /** The identifier of the session behind the credential, or of the key or token that stands for one. */
  readonly sessionId: string
  /**
   * How sure the sign-in is (what NIST SP 800-63B calls AAL): 1 for one factor, 2 for two.
   * Default: 1.
   */
  readonly assurance?: Assurance
  /** What kind of credential it is. Default `session`. */
  readonly kind?: 'session' | 'key' | 'token'
  /**
   * What a key or token is limited to: only `permission()` lets such a caller in, for the permissions
   * that are listed here. Default: not limited.
   */
  readonly scopes?: readonly string[]
  /** The identifier of the member of staff who acts as this actor. Default: nobody does. */
  readonly impersonator?: string
  /** When they last proved who they are, in milliseconds since the Unix epoch. Default: unknown. */
  readonly authenticatedAt?: number
}

/** How many factors a sign-in has shown. */
export type Assurance = 1 | 2
