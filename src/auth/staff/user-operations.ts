import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import { defineOperation, type Operation, type Wire } from '../../http/index.ts'
import { sessionNotFound } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { users } from '../users.ts'
import { type StaffPermissions, staffGuard } from './permissions.ts'
import { reachUser } from './reach.ts'

/** A user, as staff see them. */
export interface StaffUser {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly roles: string[]
  readonly emailVerifiedAt: Date | null
  readonly bannedUntil: Date | null
  readonly banReason: string | null
  readonly createdAt: Date
}

/** What staff do with users, in their own name. */
export type StaffUserOperations = {
  /** `GET /auth/staff/users`: users by the beginning of their address, a page at a time. */
  readonly list: Operation<
    {
      query: {
        email?: string | undefined
        cursor?: string | undefined
        limit?: string | undefined
      }
    },
    { 200: Wire<{ items: StaffUser[]; next: string | null }> }
  >
  /** `POST /auth/staff/users/:id/ban`: ends a user's access at once, for good or until a time. */
  readonly ban: Operation<
    { params: { id: string }; body: { reason: string; until?: string | undefined } },
    { 200: Wire<{ user: StaffUser }> }
  >
  /** `POST /auth/staff/users/:id/unban` */
  readonly unban: Operation<{ params: { id: string } }, { 200: Wire<{ user: StaffUser }> }>
  /** `DELETE /auth/staff/users/:id/sessions`: ends all sessions of a user. */
  readonly endSessions: Operation<{ params: { id: string } }, { 204: undefined }>
}

/** What the operations of staff work with. */
export interface StaffServices extends AuthServices {
  readonly permissions: StaffPermissions
}

const define = defineOperation()
const tags = ['staff']
/** The end of a ban that has none. */
const FOREVER = new Date('9999-12-31T00:00:00Z')
const PAGE = { default: 50, max: 200 }

export const reasonSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('Expected a reason.'),
  v.maxLength(500),
)

export const staffUser: v.GenericSchema<StaffUser> = v.object({
  id: v.string(),
  email: v.string(),
  name: v.nullable(v.string()),
  roles: v.array(v.string()),
  emailVerifiedAt: v.nullable(v.date()),
  bannedUntil: v.nullable(v.date()),
  banReason: v.nullable(v.string()),
  createdAt: v.date(),
})

/** Makes the operations on users. */
export function staffUserOperations(services: StaffServices): StaffUserOperations {
  return {
    list: list(services),
    ban: ban(services),
    unban: unban(services),
    endSessions: endSessions(services),
  }
}

function list({ database, permissions }: StaffServices): StaffUserOperations['list'] {
  return define({
    method: 'GET',
    path: '/auth/staff/users',
    summary: 'Find users',
    tags,
    guard: staffGuard(permissions.read),
    query: v.object({
      email: v.optional(v.pipe(v.string(), v.maxLength(254), v.toLowerCase())),
      cursor: v.optional(v.string()),
      limit: v.optional(
        v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,2}$/), v.transform(Number), v.maxValue(PAGE.max)),
      ),
    }),
    responses: { 200: v.object({ items: v.array(staffUser), next: v.nullable(v.string()) }) },
    handler: async ({ query: { email = '', cursor, limit = PAGE.default }, trace, signal }) => {
      const { items, next } = await database.systemIn({ trace, signal }).list(users, {
        ...(email !== '' && { where: { email: { startsWith: email } } }),
        orderBy: { email: 'asc' },
        ...(cursor !== undefined && { cursor }),
        limit,
      })
      return { status: 200, body: { items: items.map(toStaffUser), next: next ?? null } }
    },
  })
}

function ban(services: StaffServices): StaffUserOperations['ban'] {
  const { database, clock, accounts, report, permissions } = services
  return define({
    method: 'POST',
    path: '/auth/staff/users/:id/ban',
    summary: 'Ban a user',
    description:
      'Ends their sessions and whatever else opens the account, from the next request on.',
    tags,
    guard: staffGuard(permissions.ban),
    transaction: false,
    params: v.object({ id: v.string() }),
    body: v.object({
      reason: reasonSchema,
      until: v.optional(
        v.pipe(
          v.string(),
          v.isoTimestamp(),
          v.transform((text) => new Date(text)),
          v.date(),
          v.check((until) => until.getTime() > clock.now(), 'Expected a time that is to come.'),
        ),
      ),
    }),
    responses: { 200: v.object({ user: staffUser }) },
    errors: { 403: ['denied'], 404: ['not_found'] },
    handler: async ({ actor, params: { id }, body, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const { reason, until: bannedUntil = FOREVER } = body
      const user = await database.systemIn(scope).transaction(async (tx) => {
        await reachUser(tx, { ...services, id, staff: actor })
        const banned = await tx.update(users, id, { bannedUntil, banReason: reason })
        if (!banned) throw sessionNotFound()
        await accounts.endAccess(tx, id)
        const facts = { user: id, staff: actor.id, address: incoming.address, reason }
        report('auth.banned', facts, scope, tx)
        return banned
      })
      return { status: 200, body: { user: toStaffUser(user) } }
    },
  })
}

function unban(services: StaffServices): StaffUserOperations['unban'] {
  const { database, report, permissions } = services
  return define({
    method: 'POST',
    path: '/auth/staff/users/:id/unban',
    summary: 'Lift the ban of a user',
    tags,
    guard: staffGuard(permissions.ban),
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 200: v.object({ user: staffUser }) },
    errors: { 403: ['denied'], 404: ['not_found'] },
    handler: async ({ actor, params: { id }, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const user = await database.systemIn(scope).transaction(async (tx) => {
        await reachUser(tx, { ...services, id, staff: actor })
        const free = await tx.update(users, id, { bannedUntil: null, banReason: null })
        if (!free) throw sessionNotFound()
        const facts = { user: id, staff: actor.id, address: incoming.address }
        report('auth.unbanned', facts, scope, tx)
        return free
      })
      return { status: 200, body: { user: toStaffUser(user) } }
    },
  })
}

function endSessions(services: StaffServices): StaffUserOperations['endSessions'] {
  const { database, accounts, report, permissions } = services
  return define({
    method: 'DELETE',
    path: '/auth/staff/users/:id/sessions',
    summary: 'End all sessions of a user',
    tags,
    guard: staffGuard(permissions.ban),
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 204: null },
    errors: { 403: ['denied'], 404: ['not_found'] },
    handler: async ({ actor, params: { id }, incoming, trace, signal }) => {
      const scope = { trace, signal }
      await database.systemIn(scope).transaction(async (tx) => {
        await reachUser(tx, { ...services, id, staff: actor })
        await accounts.endAccess(tx, id)
        const facts = { user: id, staff: actor.id, address: incoming.address, reason: 'by staff' }
        report('auth.session_revoked', facts, scope, tx)
      })
      return { status: 204 }
    },
  })
}

function toStaffUser(user: Row<typeof users>): StaffUser {
  const { id, email, roles, createdAt } = user
  const { name = null, emailVerifiedAt = null, bannedUntil = null, banReason = null } = user
  return { id, email, name, roles, emailVerifiedAt, bannedUntil, banReason, createdAt }
}
