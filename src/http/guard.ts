import { type Actor, PlinthError } from '../kernel/index.ts'

/** Decides who may call an operation, and tells the handler's types what it has made sure of. */
export interface Guard<A extends Actor | null = Actor | null> {
  /** Shown in the API description, such as `signed in` or `role staff`. */
  readonly name: string
  /** Whether it asks for a signed-in actor. */
  readonly authenticated: boolean
  /** Returns the actor, or throws `unauthenticated` (401) or `denied` (403). */
  check(actor: Actor | null): A
}

/** Lets everyone in, signed in or not. */
export const anyone: Guard<Actor | null> = {
  name: 'anyone',
  authenticated: false,
  check: (actor) => actor,
}

/** Lets in whoever is signed in: what an operation without a guard demands. */
export const signedIn: Guard<Actor> = {
  name: 'signed in',
  authenticated: true,
  check(actor) {
    if (actor) return actor
    throw new PlinthError('unauthenticated', 'Sign in to use this.', {
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
  },
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
  return {
    name: `role ${names.join(' or ')}`,
    authenticated: true,
    check(actor) {
      const known = signedIn.check(actor)
      if (names.some((name) => known.roles.includes(name))) return known
      throw new PlinthError('denied', 'You may not use this.', { status: 403 })
    },
  }
}
