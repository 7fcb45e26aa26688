import { assertKnown, misuse, sha256 } from '../../kernel/index.ts'
import { assertInteger } from '../options.ts'
import type { Feature } from '../part.ts'
import type { RefreshOperations } from './operations.ts'
import { refreshes } from './refresh-table.ts'
import { createRefreshToken, familyOf } from './refresh-token.ts'
import { renewSession } from './renew-session.ts'

/** How long the tokens of programs last. */
export interface RefreshOptions {
  /** Milliseconds for which a session's token is good. Default 15 minutes; from 1 minute to a day. */
  readonly access?: number
  /**
   * Milliseconds within which a refresh token has to be used. Default: as long as the session may last.
   * Never beyond its idle and absolute limits.
   */
  readonly lifetime?: number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/**
 * Lets the tokens of programs (`transport: 'bearer'`) end early, and gives a refresh token beside them, as
 * `refresh` in the answer of every way in. Each refresh token is good once. One that comes again, from
 * a thief or from the owner whom a thief was quicker than, ends the session (RFC 9700, section 4.14.2).
 *
 * There is no grace: a program that has lost the answer signs in again, and one that asks from several
 * threads takes turns. Browsers keep their cookie, which needs none of this.
 *
 * ```ts
 * import { auth, password, refreshTokens } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [refreshTokens({ access: 10 * 60_000 })],
 * })
 * ```
 */
export function refreshTokens(options: RefreshOptions = {}): Feature<RefreshOperations> {
  assertKnown('refreshTokens()', options, ['access', 'lifetime'])
  const { access = 15 * MINUTE, lifetime } = options
  assertInteger(access, { place: 'refreshTokens().access', min: MINUTE, max: DAY, unit: 'ms' })
  if (lifetime !== undefined) assertLifetime(lifetime, access)
  return {
    kind: 'feature',
    name: 'refreshTokens',
    tables: [refreshes],
    open(services) {
      const { clock, session } = services
      const earlier = (after: number, end: Date) =>
        new Date(Math.min(clock.now() + after, end.getTime()))
      const limits = {
        tokenEnd: (end: Date) => earlier(access, end),
        refreshEnd: (end: Date) => earlier(lifetime ?? session.absolute, end),
      }
      return {
        operations: { refresh: renewSession(services, limits) },
        renewal: {
          tokenEnd: limits.tokenEnd,
          async begin(tx, { id, expiresAt }) {
            const token = createRefreshToken()
            await tx.create(refreshes, {
              session: id,
              familyHash: await sha256(familyOf(token) ?? ''),
              tokenHash: await sha256(token),
              expiresAt: limits.refreshEnd(expiresAt),
            })
            return token
          },
        },
      }
    },
  }
}

function assertLifetime(lifetime: number, access: number): void {
  const place = 'refreshTokens().lifetime'
  assertInteger(lifetime, { place, min: MINUTE, max: 366 * DAY, unit: 'ms' })
  if (lifetime >= access) return
  throw misuse(place, `is ${lifetime}, less than access, which is ${access}`)
}
