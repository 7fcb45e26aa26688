import type { Scope, Signals } from '../kernel/index.ts'

/** What the auth module tells the log. */
export type AuthEvent =
  | 'auth.sign_up'
  | 'auth.sign_in'
  | 'auth.sign_in_failed'
  | 'auth.sign_out'
  | 'auth.password_changed'
  | 'auth.password_change_failed'
  | 'auth.session_revoked'
  | 'auth.limited'

/** Who and where, by identifiers: never an address typed in, a token or a password. */
export interface EventFacts {
  readonly user?: string | undefined
  readonly session?: string | undefined
  /** The client's IP address. */
  readonly address?: string | undefined
  /** What sets this event apart from others of its name. */
  readonly reason?: string | undefined
}

/** Writes an event to the log, within the trace of its request. */
export type Report = (event: AuthEvent, facts: EventFacts, scope: Scope) => void

const MESSAGES: Readonly<Record<AuthEvent, string>> = {
  'auth.sign_up': 'signed up',
  'auth.sign_in': 'signed in',
  'auth.sign_in_failed': 'sign-in failed',
  'auth.sign_out': 'signed out',
  'auth.password_changed': 'password changed',
  'auth.password_change_failed': 'password change failed',
  'auth.session_revoked': 'sessions revoked',
  'auth.limited': 'too many attempts',
}

const WARNINGS: ReadonlySet<AuthEvent> = new Set([
  'auth.sign_in_failed',
  'auth.password_change_failed',
  'auth.limited',
])

/** Creates the function that writes events. */
export function createReport(signals: Signals): Report {
  return (event, { user, session, address, reason }, { trace }) => {
    if (!signals.logs) return
    signals.log({
      level: WARNINGS.has(event) ? 'warn' : 'info',
      message: MESSAGES[event],
      event,
      attributes: {
        'user.id': user,
        'session.id': session,
        'client.address': address,
        'plinth.auth.reason': reason,
      },
      trace,
    })
  }
}
