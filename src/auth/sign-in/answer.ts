import type { Incoming } from '../../http/index.ts'
import { serializeCookie } from '../../http/index.ts'
import { writeDeviceCookie } from '../devices/devices.ts'
import { readCookie } from '../session/cookie.ts'
import type { SessionSettings } from '../session/session-settings.ts'
import { handOver, type Transport, toSessionView, toUserView } from '../session/wire.ts'
import { type Entered, type EnteredSession, PENDING_COOKIE, PENDING_LIFETIME } from './sign-in.ts'
import type { SecondFactorNeeded, SignedIn } from './wire.ts'

/** The answer to a way in that led to a session. */
export interface SignedInAnswer {
  readonly status: 200
  readonly headers: AnswerHeaders
  readonly body: SignedIn
}

/** An answer of any way in. */
export type SignInAnswer =
  | SignedInAnswer
  | { readonly status: 202; readonly headers: AnswerHeaders; readonly body: SecondFactorNeeded }

type AnswerHeaders = Record<string, string | string[]>

/** Writes the answer to a way in. The one place where tokens leave. */
export interface AnswerSignIn {
  (entered: EnteredSession, request: AnsweredRequest): SignedInAnswer
  (entered: Entered, request: AnsweredRequest): SignInAnswer
}

interface AnsweredRequest {
  readonly incoming: Incoming
  readonly transport: Transport
}

/** Creates the function that answers ways in. */
export function createAnswerSignIn(settings: SessionSettings): AnswerSignIn {
  function answer(entered: EnteredSession, request: AnsweredRequest): SignedInAnswer
  function answer(entered: Entered, request: AnsweredRequest): SignInAnswer
  function answer(entered: Entered, request: AnsweredRequest): SignInAnswer {
    const { incoming, transport } = request
    if (entered.kind === 'pending') {
      const { token, factors, expiresAt } = entered
      const body = { status: 'second_factor_needed' as const, factors: [...factors], expiresAt }
      if (transport === 'bearer')
        return { status: 202, headers: {}, body: { ...body, pending: token } }
      const cookie = serializeCookie(PENDING_COOKIE, token, { maxAge: PENDING_LIFETIME / 1000 })
      return { status: 202, headers: { 'set-cookie': cookie }, body }
    }
    const { user, opened, device } = entered
    const { session } = opened
    const body = { user: toUserView(user), session: toSessionView(session) }
    const { newToken } = device
    const handed = handOver(opened, { transport, settings })
    if (transport === 'bearer') {
      const device = newToken === undefined ? {} : { device: newToken }
      return { status: 200, headers: {}, body: { ...body, ...handed.body, ...device } }
    }
    const cookies = [
      ...Object.values(handed.headers),
      ...(newToken === undefined ? [] : [writeDeviceCookie(newToken)]),
      ...(readPending(incoming) === null
        ? []
        : [serializeCookie(PENDING_COOKIE, '', { maxAge: 0 })]),
    ]
    return { status: 200, headers: { 'set-cookie': cookies }, body }
  }

  return answer
}

/** The token of a half-finished sign-in, as a browser keeps it. */
export function readPending(incoming: Incoming): string | null {
  const cookies = incoming.header('cookie')
  return cookies === null ? null : readCookie(cookies, PENDING_COOKIE)
}
