import { type Actor, assertKnown, misuse, PlinthError } from '../kernel/index.ts'
import { type Guard, unlimited } from './guard.ts'
import type { Assurance } from './principal.ts'

/**
 * Lets in actors whose sign-in has shown at least this many factors. Others are asked for more with
 * 401 `insufficient_authentication` and `acr_values="aal2"` (RFC 9470).
 *
 * ```ts
 * import { assurance } from 'plinth/http'
 *
 * const twoFactors = assurance(2)
 * console.log(twoFactors.name) // assurance 2
 * ```
 */
export function assurance(level: Assurance): Guard<Actor> {
  if (level !== 1 && level !== 2) throw misuse('assurance()', `level is ${level}; expected 1 or 2`)
  return {
    name: `assurance ${level}`,
    authenticated: true,
    check(principal) {
      const { actor, assurance: shown = 1 } = unlimited(principal)
      if (shown >= level) return actor
      throw insufficient('Sign in with another factor to use this.', {
        challenge: `acr_values="aal${level}"`,
        details: { assurance: level },
      })
    },
  }
}

/**
 * Lets in actors that proved who they are within the last so many milliseconds. Others are asked to
 * do it again with 401 `insufficient_authentication` and `max_age` in seconds (RFC 9470).
 *
 * ```ts
 * import { every, fresh, role } from 'plinth/http'
 *
 * const payingOut = every(role('staff'), fresh({ within: 5 * 60_000 }))
 * console.log(payingOut.name) // role staff, signed in within 300 s
 * ```
 */
export function fresh(options: { readonly within: number }): Guard<Actor> {
  assertKnown('fresh()', options, ['within'])
  const { within } = options
  if (!Number.isSafeInteger(within) || within <= 0) {
    throw misuse('fresh()', `within is ${within}; expected a positive integer of milliseconds`)
  }
  const maxAge = Math.floor(within / 1000)
  return {
    name: `signed in within ${within / 1000} s`,
    authenticated: true,
    check(principal, clock) {
      const { actor, authenticatedAt = Number.NaN } = unlimited(principal)
      // Asked this way round, a time that is none is not fresh.
      if (clock.now() - authenticatedAt <= within) return actor
      throw insufficient('Sign in again to use this.', {
        challenge: `max_age="${maxAge}"`,
        details: { maxAge },
      })
    },
  }
}

/** The step-up challenge of RFC 9470: signed in, but not in the way that this needs. */
function insufficient(
  message: string,
  { challenge, details }: { challenge: string; details: Readonly<Record<string, number>> },
): PlinthError {
  const error = `error="insufficient_user_authentication", error_description="${message}"`
  return new PlinthError('insufficient_authentication', message, {
    status: 401,
    details,
    headers: { 'www-authenticate': `Bearer ${error}, ${challenge}` },
  })
}
