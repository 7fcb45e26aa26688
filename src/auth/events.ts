import type { Handle } from '../data/index.ts'
import type { Scope, Signals } from '../kernel/index.ts'

/** What the auth module tells the log. */
export type AuthEvent =
  | 'auth.sign_up'
  | 'auth.sign_in'
  | 'auth.sign_in_failed'
  | 'auth.second_factor_asked'
  | 'auth.second_factor_failed'
  | 'auth.code_requested'
  | 'auth.email_verified'
  | 'auth.email_changed'
  | 'auth.password_reset'
  | 'auth.factor_added'
  | 'auth.factor_removed'
  | 'auth.token_issued'
  | 'auth.token_reused'
  | 'auth.key_created'
  | 'auth.key_revoked'
  | 'auth.service_account_created'
  | 'auth.service_account_disabled'
  | 'auth.impersonation_started'
  | 'auth.impersonation_ended'
  | 'auth.banned'
  | 'auth.unbanned'
  | 'auth.account_exported'
  | 'auth.account_deleted'
  | 'auth.sign_out'
  | 'auth.password_changed'
  | 'auth.password_change_failed'
  | 'auth.session_revoked'
  | 'auth.limited'

/** Who and where, by identifiers: never an address typed in, a token or a password. */
export interface EventFacts {
  readonly user?: string | undefined
  readonly session?: string | undefined
  /** The member of staff who acts as the user. */
  readonly impersonator?: string | undefined
  /** The member of staff who did it, in their own name. */
  readonly staff?: string | undefined
  /** The client's IP address. */
  readonly address?: string | undefined
  /** What sets this event apart from others of its name. */
  readonly reason?: string | undefined
}

/**
 * Reports an event, within the trace of its request. Given the transaction that it is part of, it is only
 * reported when that is committed, and recorded in the same commit.
 */
export type Report = (event: AuthEvent, facts: EventFacts, scope: Scope, tx?: Handle) => void

/** Is told of every event, to record it: in `tx`, the transaction that it is part of, or by itself. */
export type OnAuthEvent = (
  told: { readonly event: AuthEvent; readonly facts: EventFacts; readonly scope: Scope },
  tx: Handle | undefined,
) => void

const MESSAGES: Readonly<Record<AuthEvent, string>> = {
  'auth.sign_up': 'signed up',
  'auth.sign_in': 'signed in',
  'auth.sign_in_failed': 'sign-in failed',
  'auth.second_factor_asked': 'second factor asked for',
  'auth.second_factor_failed': 'second factor failed',
  'auth.code_requested': 'link or code requested',
  'auth.email_verified': 'e-mail address verified',
  'auth.email_changed': 'e-mail address changed',
  'auth.password_reset': 'password reset',
  'auth.factor_added': 'factor added',
  'auth.factor_removed': 'factor removed',
  'auth.token_issued': 'token issued',
  'auth.token_reused': 'a used refresh token came again',
  'auth.key_created': 'API key created',
  'auth.key_revoked': 'API key revoked',
  'auth.service_account_created': 'service account created',
  'auth.service_account_disabled': 'service account disabled',
  'auth.impersonation_started': 'impersonation started',
  'auth.impersonation_ended': 'impersonation ended',
  'auth.banned': 'banned',
  'auth.unbanned': 'unbanned',
  'auth.account_exported': 'account exported',
  'auth.account_deleted': 'account deleted',
  'auth.sign_out': 'signed out',
  'auth.password_changed': 'password changed',
  'auth.password_change_failed': 'password change failed',
  'auth.session_revoked': 'sessions revoked',
  'auth.limited': 'too many attempts',
}

const WARNINGS: ReadonlySet<AuthEvent> = new Set([
  'auth.sign_in_failed',
  'auth.second_factor_failed',
  'auth.password_change_failed',
  'auth.token_reused',
  'auth.limited',
])

/** Creates the function that reports events. */
export function createReport(signals: Signals, onEvent?: OnAuthEvent): Report {
  return (event, facts, scope, tx) => {
    onEvent?.({ event, facts, scope }, tx)
    if (!signals.logs) return
    if (tx) tx.afterCommit(() => write(event, facts, scope))
    else write(event, facts, scope)
  }

  function write(
    event: AuthEvent,
    { user, session, impersonator, staff, address, reason }: EventFacts,
    { trace }: Scope,
  ): void {
    signals.log({
      level: WARNINGS.has(event) ? 'warn' : 'info',
      message: MESSAGES[event],
      event,
      attributes: {
        'plinth.user.id': user,
        'plinth.session.id': session,
        'plinth.auth.impersonator': impersonator,
        'plinth.auth.staff': staff,
        'client.address': address,
        'plinth.auth.reason': reason,
      },
      trace,
    })
  }
}
