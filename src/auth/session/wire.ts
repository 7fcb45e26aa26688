import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import type { users } from '../users.ts'
import { writeCookie } from './cookie.ts'
import type { OpenedSession } from './open-session.ts'
import type { SessionSettings } from './session-settings.ts'
import type { sessions } from './sessions-table.ts'
import type { Transport } from './transport.ts'

/** The signed-in user, as responses show it. */
export interface UserView {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly roles: string[]
}

/** A session, as responses show it. */
export interface SessionView {
  readonly id: string
  /** The absolute limit. */
  readonly expiresAt: Date
}

/** A session, as its owner's list shows it. */
export interface SessionEntry extends SessionView {
  readonly createdAt: Date
  /** To the minute. */
  readonly lastSeenAt: Date
  /** The IP address it was opened from. */
  readonly address: string | null
  readonly userAgent: string | null
  /** Whether it is the session of this very request. */
  readonly current: boolean
}

export const userView: v.GenericSchema<UserView> = v.object({
  id: v.string(),
  email: v.string(),
  name: v.nullable(v.string()),
  roles: v.array(v.string()),
})

const sessionEntries = { id: v.string(), expiresAt: v.date() }
export const sessionView: v.GenericSchema<SessionView> = v.object(sessionEntries)
export const sessionEntry: v.GenericSchema<SessionEntry> = v.object({
  ...sessionEntries,
  createdAt: v.date(),
  lastSeenAt: v.date(),
  address: v.nullable(v.string()),
  userAgent: v.nullable(v.string()),
  current: v.boolean(),
})

export function toUserView({ id, email, name, roles }: Row<typeof users>): UserView {
  return { id, email, name, roles }
}

export function toSessionView({ id, expiresAt }: Row<typeof sessions>): SessionView {
  return { id, expiresAt }
}

export type { Transport }

/** What a program is given instead of a cookie. */
export interface BearerTokens {
  /** To send as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** With `refreshTokens()`: when the token ends. */
  readonly tokenExpiresAt?: Date | undefined
  /** With `refreshTokens()`: what the token is renewed by, once. */
  readonly refresh?: string | undefined
}

/** A session that sent its token itself, with the tokens that take the place of that one. */
export interface RenewedSession extends BearerTokens {
  readonly session: SessionView
  readonly token: string
}

export const renewalEntries: {
  readonly tokenExpiresAt: v.OptionalSchema<v.GenericSchema<Date>, undefined>
  readonly refresh: v.OptionalSchema<v.GenericSchema<string>, undefined>
} = { tokenExpiresAt: v.optional(v.date()), refresh: v.optional(v.string()) }
export const renewedSession: v.GenericSchema<RenewedSession> = v.object({
  session: sessionView,
  token: v.string(),
  ...renewalEntries,
})

/** The one place a session's tokens leave through: a cookie that scripts cannot read, or the body. */
export function handOver(
  { session, token, refresh }: OpenedSession,
  { transport, settings }: { transport: Transport; settings: SessionSettings },
): { headers: Record<string, string>; body: BearerTokens } {
  if (transport === 'bearer') {
    const { tokenExpiresAt } = session
    const renewal = tokenExpiresAt && { tokenExpiresAt, refresh }
    return { headers: {}, body: { token, ...renewal } }
  }
  const seconds = (session.expiresAt.getTime() - session.createdAt.getTime()) / 1000
  return { headers: { 'set-cookie': writeCookie(settings.cookie, token, seconds) }, body: {} }
}
