import type { Operation, Wire } from '../../http/index.ts'

/** A token for another service. */
export interface IssuedToken {
  /** To send to that service as `Authorization: Bearer`. */
  readonly token: string
  readonly expiresAt: Date
}

/** Public keys as a JWK Set (RFC 7517). */
export interface KeySet {
  readonly keys: {
    readonly kty: string
    readonly crv: string
    readonly x: string
    readonly y?: string | undefined
    readonly kid: string
    readonly alg: string
    readonly use: string
  }[]
}

/** What the feature `serviceTokens()` offers. */
export type ServiceTokenOperations = {
  readonly serviceTokens: {
    /**
     * `POST /auth/token`: a token for another service, for a session of one's own, an API key, or one that is
     * limited to scopes with `tokens:issue` among them. `scopes` limits it to some of one's permissions.
     */
    readonly issue: Operation<
      { body: { audience: string; scopes?: string[] | undefined } },
      { 200: Wire<IssuedToken> }
    >
    /** `GET /.well-known/jwks.json`: the keys that tokens are verified with. */
    readonly keys: Operation<Record<never, never>, { 200: Wire<KeySet> }>
  }
}
