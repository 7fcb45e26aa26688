import type { Incoming } from '../../http/index.ts'
import { serializeCookie } from '../../http/index.ts'
import type { Scope } from '../../kernel/index.ts'
import { writeDeviceCookie } from '../devices/devices.ts'
import type { Report } from '../events.ts'
import { readCookie, writeCookie } from '../session/cookie.ts'
import type { SessionSettings } from '../session/session-settings.ts'
import { type Transport, toSessionView, toUserView } from '../session/wire.ts'
import { type Entered, PENDING_COOKIE, PENDING_LIFETIME } from './sign-in.ts'
import type { SecondFactorNeeded, SignedIn } from './wire.ts'

/** An answer of any way in. */
export type SignInAnswer =
  | { readonly status: 200; readonly headers: AnswerHeaders; readonly body: SignedIn }
  | { readonly status: 202; readonly headers: AnswerHeaders; readonly body: SecondFactorNeeded }

type AnswerHeaders = Record<string, string | string[]>

/** Writes the answer to a way in, and reports it. The one place where tokens leave. */
export type AnswerSignIn = (
  entered: Entered,
  request: { readonly incoming: Incoming; readonly transport: Transport },
  scope: Scope,
) => SignInAnswer

/** Creates the function that answers ways in. */
export function createAnswerSignIn(ports: {
  session: SessionSettings
  report: Report
}): AnswerSignIn {
  const { session: settings, report } = ports
  return (entered, { incoming, transport }, scope) => {
    const { address } = incoming
    if (entered.kind === 'pending') {
      const { user, token, factors, expiresAt } = entered
      report('auth.second_factor_asked', { user: user.id, address }, scope)
      const body = { status: 'second_factor_needed' as const, factors: [...factors], expiresAt }
      if (transport === 'bearer')
        return { status: 202, headers: {}, body: { ...body, pending: token } }
      const cookie = serializeCookie(PENDING_COOKIE, token, { maxAge: PENDING_LIFETIME / 1000 })
      return { status: 202, headers: { 'set-cookie': cookie }, body }
    }
    const { user, opened, device } = entered
    const { session, token } = opened
    const reason = session.methods.join(' ')
    report('auth.sign_in', { user: user.id, session: session.id, address, reason }, scope)
    const body = { user: toUserView(user), session: toSessionView(session) }
    const { newToken } = device
    if (transport === 'bearer') {
      return {
        status: 200,
        headers: {},
        body: { ...body, token, ...(newToken !== undefined && { device: newToken }) },
      }
    }
    const seconds = (session.expiresAt.getTime() - session.createdAt.getTime()) / 1000
    const cookies = [
      writeCookie(settings.cookie, token, seconds),
      ...(newToken === undefined ? [] : [writeDeviceCookie(newToken)]),
      ...(readPending(incoming) === null
        ? []
        : [serializeCookie(PENDING_COOKIE, '', { maxAge: 0 })]),
    ]
    return { status: 200, headers: { 'set-cookie': cookies }, body }
  }
}

/** The token of a half-finished sign-in, as a browser keeps it. */
export function readPending(incoming: Incoming): string | null {
  const cookies = incoming.header('cookie')
  return cookies === null ? null : readCookie(cookies, PENDING_COOKIE)
}
