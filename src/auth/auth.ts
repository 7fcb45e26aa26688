import type { AnyTable } from '../data/index.ts'
import type { OperationTree } from '../http/index.ts'
import { assertKnown, misuse } from '../kernel/index.ts'
import type { Factor } from './factor.ts'
import { attempts } from './limits/attempts-table.ts'
import { type LimitOptions, type LimitSettings, resolveLimits } from './limits/limit-settings.ts'
import type { PasswordOperations } from './password/operations.ts'
import { type PermissionsOf, type RolePermissions, resolvePermissions } from './permissions.ts'
import type { SessionOperations } from './session/session-operations.ts'
import {
  resolveSession,
  type SessionOptions,
  type SessionSettings,
} from './session/session-settings.ts'
import { sessions } from './session/sessions-table.ts'
import { users } from './users.ts'

/** How people sign in, how long that lasts and how often it may be tried. */
export interface AuthOptions<Factors extends readonly Factor[] = readonly Factor[]> {
  /** The ways to prove who one is, such as `password()`. At least one. */
  readonly factors: Factors
  readonly session?: SessionOptions
  readonly limits?: LimitOptions
  /**
   * What each role may do, for the guard `permission()` and for policies, which find it as
   * `actor.permissions`. Default: nothing.
   */
  readonly permissions?: RolePermissions
}

/** Sign-in as it is to be, before there is a database: a plain value with its tables. */
export interface Auth<Operations extends OperationTree = OperationTree> {
  readonly kind: 'auth'
  /** What the database must hold beside a team's own tables. */
  readonly tables: readonly AnyTable[]
  readonly factors: readonly Factor[]
  readonly session: SessionSettings
  readonly limits: LimitSettings
  readonly permissionsOf: PermissionsOf
  /** Types only: the operations that opening it gives. */
  readonly $operations?: Operations
}

/** The operations of a description; by default those of one with every factor there is. */
export type AuthOperations<A extends Auth = Auth<SessionOperations & PasswordOperations>> =
  NonNullable<A['$operations']>

/** What a list of factors adds up to. */
export type OperationsOf<Factors extends readonly Factor[]> = Factors extends readonly [
  Factor<infer Operations>,
  ...infer Rest extends readonly Factor[],
]
  ? Operations & OperationsOf<Rest>
  : SessionOperations

/**
 * Describes how people sign in to a back end. `backend()` and `openAuth()` take the description.
 *
 * Throws `misuse` for unknown options, no factors, one factor twice, and values that would not be
 * safe.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   session: { idle: 30 * 60_000, absolute: 12 * 60 * 60_000 },
 *   limits: { account: { attempts: 5, window: 15 * 60_000 } },
 *   permissions: { staff: ['orders:read', 'orders:refund'], support: ['orders:read'] },
 * })
 * ```
 */
export function auth<const Factors extends readonly Factor[]>(
  options: AuthOptions<Factors>,
): Auth<OperationsOf<Factors>> {
  assertKnown('auth()', options, ['factors', 'session', 'limits', 'permissions'])
  const { factors } = options
  assertFactors(factors)
  return {
    kind: 'auth',
    tables: [users, sessions, attempts, ...factors.flatMap((factor) => factor.tables)],
    factors,
    session: resolveSession(options.session),
    limits: resolveLimits(options.limits),
    permissionsOf: resolvePermissions(options.permissions),
  }
}

function assertFactors(factors: readonly Factor[]): void {
  if (!Array.isArray(factors) || factors.length === 0) {
    throw misuse('auth({ factors })', 'expected at least one factor, such as password()')
  }
  const names = new Set<string>()
  for (const factor of factors) {
    if (factor?.kind !== 'factor') {
      throw misuse('auth({ factors })', `expected factors such as password(), got ${typeof factor}`)
    }
    if (names.has(factor.name)) throw misuse('auth({ factors })', `"${factor.name}" comes twice`)
    names.add(factor.name)
  }
}
