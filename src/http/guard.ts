import { type Actor, type Clock, misuse, PlinthError } from '../kernel/index.ts'
import type { Incoming } from './message.ts'
import type { Principal } from './principal.ts'

/**
 * Decides who may call an operation, and tells the handler's types what it has made sure of. A guard
 * of one's own is an object with these members.
 */
export interface Guard<A extends Actor | null = Actor | null> {
  /** Shown in the API description, such as `signed in` or `role staff`. */
  readonly name: string
  /** Whether it asks for a signed-in actor. */
  readonly authenticated: boolean
  /** For the description: the roles of which one is needed. */
  readonly roles?: readonly string[]
  /** For the description: the permissions of which one is needed. */
  readonly permissions?: readonly string[]
  /** For the description: the guards that must all let the caller in. */
  readonly guards?: readonly Guard[]
  /**
   * Returns the actor, or throws `unauthenticated`, `insufficient_authentication` (401), `denied` or
   * `insufficient_scope` (403). Decides at once; the clock is the app's.
   */
  check(principal: Principal | null, clock: Clock, incoming: Incoming): A
}

/** Lets everyone in, signed in or not. */
export const anyone: Guard<Actor | null> = {
  name: 'anyone',
  authenticated: false,
  // A limited credential counts for nothing where nothing was asked for.
  check: (principal) => (principal?.scopes ? null : (principal?.actor ?? null)),
}

/** Lets in whoever is signed in: what an operation without a guard demands. */
export const signedIn: Guard<Actor> = {
  name: 'signed in',
  authenticated: true,
  check: (principal) => unlimited(principal).actor,
}

/**
 * Lets in signed-in actors that have one of the roles.
 *
 * ```ts
 * import { role } from 'plinth/http'
 *
 * const staff = role('staff', 'owner')
 * console.log(staff.name) // role staff or owner
 * ```
 */
export function role(...names: readonly [string, ...string[]]): Guard<Actor> {
  assertNames('role()', names)
  return {
    name: `role ${names.join(' or ')}`,
    authenticated: true,
    roles: names,
    check(principal) {
      const { actor } = unlimited(principal)
      if (names.some((name) => actor.roles.includes(name))) return actor
      throw denied()
    },
  }
}

/**
 * Lets in signed-in actors that have one of the permissions. To ask for several, use `every`.
 *
 * ```ts
 * import { permission } from 'plinth/http'
 *
 * const refunds = permission('orders:refund')
 * console.log(refunds.name) // permission orders:refund
 * ```
 */
export function permission(...names: readonly [string, ...string[]]): Guard<Actor> {
  assertNames('permission()', names)
  return {
    name: `permission ${names.join(' or ')}`,
    authenticated: true,
    permissions: names,
    check(principal) {
      const { actor, scopes } = known(principal)
      const open = names.filter((name) => actor.permissions?.includes(name))
      if (open.some((name) => scopes?.includes(name) ?? true)) return actor
      throw open.length > 0 ? outOfScope(open) : denied()
    },
  }
}

/** Whom a guard decides about. */
export interface Caller {
  readonly principal: Principal | null
  readonly incoming: Incoming
}

/** Asks a guard. One that answers later has let everyone in by then: that is refused. */
export function ask(guard: Guard, { principal, incoming }: Caller, clock: Clock): Actor | null {
  const passed = guard.check(principal, clock, incoming)
  if (!(passed instanceof Promise)) return passed
  passed.catch(() => {})
  throw misuse(`guard "${guard.name}"`, 'check returned a promise; a guard decides at once')
}

/** Tests whether a value has what a guard is made of. */
export function isGuard(value: unknown): value is Guard {
  const { name, authenticated, check } = (value ?? {}) as Partial<Guard>
  return (
    typeof name === 'string' && typeof authenticated === 'boolean' && typeof check === 'function'
  )
}

/** The caller, of whom nothing is known but that they are signed in. */
export function known(principal: Principal | null): Principal {
  if (principal) return principal
  throw new PlinthError('unauthenticated', 'Sign in to use this.', {
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** The caller, whose credential is limited to nothing less than all they may do. */
export function unlimited(principal: Principal | null): Principal {
  const caller = known(principal)
  if (caller.scopes) throw outOfScope([])
  return caller
}

/** RFC 6750, section 3.1: the credential is good, but not for this. */
function outOfScope(scopes: readonly string[]): PlinthError {
  const wanted = scopes.length > 0 ? `, scope="${scopes.join(' ')}"` : ''
  return new PlinthError('insufficient_scope', 'This key or token is not for this.', {
    status: 403,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"${wanted}` },
  })
}

function denied(): PlinthError {
  return new PlinthError('denied', 'You may not use this.', { status: 403 })
}

function assertNames(place: string, names: readonly unknown[]): void {
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) return
  throw misuse(place, `expected names, got ${JSON.stringify(names)}`)
}
