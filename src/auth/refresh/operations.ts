import type { Operation, Wire } from '../../http/index.ts'
import type { RenewedSession } from '../session/wire.ts'

/** What the feature `refreshTokens()` offers. */
export type RefreshOperations = {
  /**
   * `POST /auth/refresh`: spends a refresh token, and answers a new one with the session's new token. 401
   * `unauthenticated` for one that is over or was used: the latter ends the session.
   */
  readonly refresh: Operation<{ body: { refresh: string } }, { 200: Wire<RenewedSession> }>
}
