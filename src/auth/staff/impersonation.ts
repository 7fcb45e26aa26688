import * as v from 'valibot'
import {
  defineOperation,
  type Incoming,
  type Operation,
  serializeCookie,
  type Wire,
} from '../../http/index.ts'
import { type Scope, sha256 } from '../../kernel/index.ts'
import { outOfReach, sessionEnded, sessionNotFound } from '../errors.ts'
import { isOpen } from '../session/authenticate.ts'
import { readCookie, writeCookie } from '../session/cookie.ts'
import { findCredential } from '../session/credential.ts'
import { farewell } from '../session/session-operations.ts'
import { sessions } from '../session/sessions-table.ts'
import { isToken } from '../session/token.ts'
import {
  handOver,
  type SessionView,
  sessionView,
  type Transport,
  toSessionView,
  toUserView,
  type UserView,
  userView,
} from '../session/wire.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import { transportSchema } from '../sign-in/wire.ts'
import { staffGuard } from './permissions.ts'
import { reachUser } from './reach.ts'
import { reasonSchema, type StaffServices } from './user-operations.ts'

/** A session in which a member of staff acts as a user. */
export interface Impersonation {
  readonly user: UserView
  readonly session: SessionView
  /** To send as `Authorization: Bearer`; only for those who asked for it instead of a cookie. */
  readonly token?: string | undefined
}

/** Acting as a user, and no longer. */
export type ImpersonationOperations = {
  /** `POST /auth/staff/users/:id/impersonate`: opens a session of an hour in which staff act as a user. */
  readonly impersonate: Operation<
    { params: { id: string }; body: { reason: string; transport?: Transport | undefined } },
    { 200: Wire<Impersonation> }
  >
  /** `DELETE /auth/staff/impersonation`: ends such a session; browsers go on with their own. */
  readonly stopImpersonating: Operation<Record<never, never>, { 204: undefined }>
}

const define = defineOperation()
const tags = ['staff']
/** Where a browser keeps the session of staff while it acts as somebody else. */
const STAFF_COOKIE = '__Host-staff'

/** Makes the operation that begins to act as a user. */
export function impersonate(services: StaffServices): ImpersonationOperations['impersonate'] {
  const { database, signIn, openSession, report, session: settings, permissions } = services
  return define({
    method: 'POST',
    path: '/auth/staff/users/:id/impersonate',
    summary: 'Act as a user',
    description:
      'For an hour at most, marked in every event. Takes a recent sign-in of the member of staff.',
    tags,
    guard: staffGuard(permissions.impersonate),
    transaction: false,
    params: v.object({ id: v.string() }),
    body: v.object({ reason: reasonSchema, transport: transportSchema }),
    responses: {
      200: v.object({ user: userView, session: sessionView, token: v.optional(v.string()) }),
    },
    errors: { 401: ['insufficient_authentication'], 403: ['denied'], 404: ['not_found'] },
    handler: async ({ actor: staff, principal, params: { id }, body, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw outOfReach()
      const scope = { trace, signal }
      const { reason, transport } = body
      const { user, opened } = await database.systemIn(scope).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const user = await reachUser(tx, { ...services, id, staff })
        const entry = { user: id, methods: ['impersonation'], assurance: 1 as const }
        const request = { impersonator: staff.id, incoming, transport }
        const opened = await openSession(tx, { ...entry, ...request })
        const facts = { user: id, session: opened.session.id, impersonator: staff.id, reason }
        report('auth.impersonation_started', { ...facts, address: incoming.address }, scope, tx)
        return { user, opened }
      })
      const { headers, body: handed } = handOver(opened, { transport, settings })
      const kept = transport === 'cookie' ? keepOwn(incoming, settings.cookie) : []
      const view = { user: toUserView(user), session: toSessionView(opened.session) }
      return {
        status: 200,
        headers: { 'set-cookie': [...Object.values(headers), ...kept] },
        body: { ...view, ...(handed.token !== undefined && { token: handed.token }) },
      }
    },
  })
}

/** Makes the operation that ends acting as a user. */
export function stopImpersonating(
  services: StaffServices,
): ImpersonationOperations['stopImpersonating'] {
  const { database, report, session: settings } = services
  return define({
    method: 'DELETE',
    path: '/auth/staff/impersonation',
    summary: 'Act as a user no longer',
    tags,
    transaction: false,
    responses: { 204: null },
    errors: { 404: ['not_found'] },
    handler: async ({ actor, principal, incoming, trace, signal }) => {
      if (!principal?.impersonator) throw sessionNotFound()
      const scope = { trace, signal }
      const { sessionId, impersonator } = principal
      await database.systemIn(scope).transaction(async (tx) => {
        if (!(await tx.delete(sessions, sessionId))) throw sessionEnded()
        const facts = { user: actor.id, session: sessionId, impersonator }
        report('auth.impersonation_ended', { ...facts, address: incoming.address }, scope, tx)
      })
      const left = farewell(settings.cookie)
      const own = await findOwn(services, { incoming, staff: impersonator, scope })
      const cookies = [own ?? left['set-cookie'] ?? '', serializeCookie(STAFF_COOKIE, '', GONE)]
      return { status: 204, headers: { ...left, 'set-cookie': cookies } }
    },
  })
}

const GONE = { maxAge: 0 }

/** Puts the session that a browser came with aside, as long as the other may last. */
function keepOwn(incoming: Incoming, cookie: string): string[] {
  const own = findCredential(incoming, cookie)
  return own?.kind === 'cookie' ? [serializeCookie(STAFF_COOKIE, own.token, { maxAge: 3600 })] : []
}

/** The cookie of the session that was put aside, if it is still open and of the same member of staff. */
async function findOwn(
  { database, clock, session: settings }: StaffServices,
  { incoming, staff, scope }: { incoming: Incoming; staff: string; scope: Scope },
): Promise<string | undefined> {
  const token = readCookie(incoming.header('cookie') ?? '', STAFF_COOKIE)
  if (token === null || !isToken(token)) return undefined
  const where = { tokenHash: await sha256(token), user: staff, impersonator: null }
  const own = await database.systemIn(scope).first(sessions, { where })
  const now = clock.now()
  if (!own || !isOpen(own, now, settings)) return undefined
  return writeCookie(settings.cookie, token, (own.expiresAt.getTime() - now) / 1000)
}
