import type { Scope, Signals } from '../../kernel/index.ts'
import { weakPassword } from '../errors.ts'

/**
 * Tells whether a password is known from a data breach: `pwnedPasswords()`, or a list of one's own. Is
 * given up on when `signal` aborts.
 */
export type Breached = (
  password: string,
  options: { readonly signal: AbortSignal },
) => Promise<boolean>

/** Throws `invalid_input` (422) for a password that is to be set and is known from a breach. */
export type AssertUnbreached = (password: string, scope: Scope) => Promise<void>

/** Milliseconds that a look-up may take. */
const PATIENCE = 2000

/**
 * Creates the check of new passwords. A look-up that fails or takes longer than two seconds lets the
 * password pass and is logged: a service that is down must not keep people from signing up, or from
 * changing a password that was stolen, and the list of the commonest still holds.
 */
export function createBreachCheck(ports: {
  breached: Breached | undefined
  signals: Signals
}): AssertUnbreached {
  const { breached, signals } = ports
  if (!breached) return async () => {}
  return async (password, { signal, trace }) => {
    const late = AbortSignal.timeout(PATIENCE)
    const bounds = signal ? AbortSignal.any([signal, late]) : late
    const found = await Promise.race([
      Promise.resolve().then(() => breached(password, { signal: bounds })),
      rejection(bounds),
    ]).catch((error: unknown) => {
      const event = 'auth.breach_check_failed'
      const message = 'a new password was not held against data breaches'
      signals.log({ level: 'warn', message, event, error, trace })
      return false
    })
    if (found) throw weakPassword('This password is known from a data breach.')
  }
}

/** Rejects when the signal aborts, for look-ups that do not listen to it. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
