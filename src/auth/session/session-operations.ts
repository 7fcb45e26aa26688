import * as v from 'valibot'
import {
  anyone,
  defineOperation,
  type Operation,
  type Principal,
  type Wire,
} from '../../http/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { users } from '../users.ts'
import { isOpen } from './authenticate.ts'
import { clearCookie } from './cookie.ts'
import { sessions } from './sessions-table.ts'
import {
  type SessionEntry,
  type SessionView,
  sessionEntry,
  sessionView,
  toSessionView,
  toUserView,
  type UserView,
  userView,
} from './wire.ts'

/** What every back end with sessions offers, whatever one signs in with. */
export type SessionOperations = {
  /** `GET /auth/session`: who is signed in. */
  readonly session: Operation<
    Record<never, never>,
    { 200: Wire<{ user: UserView; session: SessionView }> }
  >
  /** `POST /auth/sign-out`: ends the session of the request; does nothing without one. */
  readonly signOut: Operation<Record<never, never>, { 204: undefined }>
  readonly sessions: {
    /** `GET /auth/sessions`: the caller's open sessions, the latest first. */
    readonly list: Operation<Record<never, never>, { 200: Wire<{ items: SessionEntry[] }> }>
    /** `DELETE /auth/sessions/:id`: ends one of the caller's sessions. */
    readonly revoke: Operation<{ params: { id: string } }, { 204: undefined }>
    /** `DELETE /auth/sessions`: ends all of the caller's sessions but the one of the request. */
    readonly revokeOthers: Operation<Record<never, never>, { 204: undefined }>
  }
}

const define = defineOperation()
const tags = ['auth']

/** Makes the operations on sessions. Each is one transaction or one statement of its own. */
export function sessionOperations(services: AuthServices): SessionOperations {
  return {
    session: currentSession(services),
    signOut: signOut(services),
    sessions: {
      list: listSessions(services),
      revoke: revokeSession(services),
      revokeOthers: revokeOthers(services),
    },
  }
}

function currentSession({ database }: AuthServices): SessionOperations['session'] {
  return define({
    method: 'GET',
    path: '/auth/session',
    summary: 'Who is signed in',
    tags,
    responses: { 200: v.object({ user: userView, session: sessionView }) },
    handler: async ({ actor, principal, trace, signal }) => {
      const db = database.systemIn({ trace, signal })
      const session = await db.get(sessions, principal?.sessionId ?? '')
      const user = await db.get(users, actor.id)
      if (!session || !user) throw sessionEnded()
      return { status: 200, body: { user: toUserView(user), session: toSessionView(session) } }
    },
  })
}

function signOut(services: AuthServices): SessionOperations['signOut'] {
  const { database, session: settings, report } = services
  return define({
    method: 'POST',
    path: '/auth/sign-out',
    summary: 'Sign out',
    tags,
    guard: anyone,
    transaction: false,
    responses: { 204: null },
    handler: async ({ principal, incoming, trace, signal }) => {
      if (isSession(principal)) {
        const { sessionId, actor } = principal
        const { impersonator } = principal
        const facts = {
          user: actor.id,
          session: sessionId,
          impersonator,
          address: incoming.address,
        }
        await database.systemIn({ trace, signal }).transaction(async (tx) => {
          await tx.delete(sessions, sessionId)
          report('auth.sign_out', facts, { trace }, tx)
        })
      }
      return { status: 204, headers: farewell(settings.cookie) }
    },
  })
}

function listSessions(services: AuthServices): SessionOperations['sessions']['list'] {
  const { database, clock, session: settings } = services
  return define({
    method: 'GET',
    path: '/auth/sessions',
    summary: 'List own sessions',
    tags,
    responses: { 200: v.object({ items: v.array(sessionEntry) }) },
    handler: async ({ actor, principal, trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(sessions, {
        where: { user: actor.id },
        orderBy: { lastSeenAt: 'desc' },
        limit: settings.perUser,
      })
      const now = clock.now()
      const open = items.filter((session) => isOpen(session, now, settings))
      return {
        status: 200,
        body: {
          items: open.map(({ id, createdAt, lastSeenAt, expiresAt, address, userAgent }) => {
            const current = id === principal?.sessionId
            return { id, createdAt, lastSeenAt, expiresAt, address, userAgent, current }
          }),
        },
      }
    },
  })
}

function revokeSession(services: AuthServices): SessionOperations['sessions']['revoke'] {
  const { database, session: settings, report, signIn } = services
  return define({
    method: 'DELETE',
    path: '/auth/sessions/:id',
    summary: 'End one of own sessions',
    description: 'Any but the one of the request takes a recent sign-in.',
    tags,
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 204: null },
    errors: { 401: ['insufficient_authentication'] },
    handler: async ({ actor, params, principal, incoming, trace, signal }) => {
      if (!isSession(principal)) throw sessionEnded()
      const db = database.systemIn({ trace, signal })
      const own = params.id === principal.sessionId
      if (!own) await signIn.demandFresh(db, principal)
      const { impersonator } = principal
      const facts = { user: actor.id, session: params.id, impersonator, address: incoming.address }
      await db.transaction(async (tx) => {
        if (!(await tx.delete(sessions, params.id, { user: actor.id }))) throw sessionNotFound()
        report('auth.session_revoked', facts, { trace }, tx)
      })
      return { status: 204, headers: own ? farewell(settings.cookie) : {} }
    },
  })
}

function revokeOthers(services: AuthServices): SessionOperations['sessions']['revokeOthers'] {
  const { database, report, signIn } = services
  return define({
    method: 'DELETE',
    path: '/auth/sessions',
    summary: 'End all other own sessions',
    description: 'Takes a recent sign-in.',
    tags,
    transaction: false,
    responses: { 204: null },
    errors: { 401: ['insufficient_authentication'] },
    handler: async ({ actor, principal, incoming, trace, signal }) => {
      if (!isSession(principal)) throw sessionEnded()
      const db = database.systemIn({ trace, signal })
      await signIn.demandFresh(db, principal)
      const id = { ne: principal.sessionId }
      const { impersonator } = principal
      const facts = {
        user: actor.id,
        impersonator,
        address: incoming.address,
        reason: 'all others',
      }
      await db.transaction(async (tx) => {
        await tx.deleteMany(sessions, { user: actor.id, id })
        report('auth.session_revoked', facts, { trace }, tx)
      })
      return { status: 204 }
    },
  })
}

/** Whether a request comes with a session: keys end none. */
function isSession(principal: Principal | null): principal is Principal {
  return principal !== null && (principal.kind ?? 'session') === 'session'
}

/**
 * Removes the cookie and what the origin has stored in the browser (W3C Clear-Site-Data). Not
 * `"cookies"`: that would reach the cookies of every subdomain.
 */
export function farewell(cookie: string): Record<string, string> {
  return { 'set-cookie': clearCookie(cookie), 'clear-site-data': '"cache", "storage"' }
}
