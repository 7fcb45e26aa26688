import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import { defineOperation, type Guard, type Principal, permission } from '../../http/index.ts'
import type { Actor } from '../../kernel/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import { nameSchema } from '../name.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import { assertGivable } from './issue-key.ts'
import type { ApiKeyOperations, KeyServices } from './operations.ts'
import { serviceAccounts } from './service-accounts-table.ts'
import { permissionNames, serviceAccountView, toServiceAccountView } from './wire.ts'

type Tree = ApiKeyOperations['serviceAccounts']

/** What staff need to manage service accounts. */
export const manages: Guard<Actor> = permission('service-accounts:manage')
const MOST_ACCOUNTS = 100
const tags = ['auth']
const params = v.object({ id: v.string() })

/** Makes the operation `GET /auth/service-accounts`. */
export function listAccounts({ database }: KeyServices): Tree['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/service-accounts',
    summary: 'List service accounts',
    tags,
    guard: manages,
    responses: { 200: v.object({ items: v.array(serviceAccountView) }) },
    handler: async ({ trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(serviceAccounts, {
        orderBy: { createdAt: 'asc' },
        limit: MOST_ACCOUNTS,
      })
      return { status: 200, body: { items: items.map(toServiceAccountView) } }
    },
  })
}

/** Makes the operation `POST /auth/service-accounts`. */
export function createAccount(services: KeyServices): Tree['create'] {
  const { database, clock, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/service-accounts',
    summary: 'Make a service account',
    description: 'Its permissions are some of the caller’s own.',
    tags,
    guard: manages,
    transaction: false,
    body: v.object({ name: nameSchema, permissions: permissionNames }),
    responses: { 201: serviceAccountView },
    errors: { 401: ['insufficient_authentication'] },
    handler: async ({ body, actor, principal, incoming, trace, signal }) => {
      const account = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        await demandOwnFresh(services, tx, principal)
        assertGivable(body.permissions, { by: actor, at: 'permissions' })
        const createdAt = new Date(clock.now())
        const made = await tx.create(serviceAccounts, { ...body, disabledAt: null, createdAt })
        const facts = { user: actor.id, address: incoming.address, reason: made.id }
        report('auth.service_account_created', facts, { trace }, tx)
        return made
      })
      return { status: 201, body: toServiceAccountView(account) }
    },
  })
}

/** Makes the operation `POST /auth/service-accounts/:id/disable`. For good: what was lost is not found again. */
export function disableAccount({ database, clock, report }: KeyServices): Tree['disable'] {
  return defineOperation()({
    method: 'POST',
    path: '/auth/service-accounts/:id/disable',
    summary: 'Disable a service account',
    tags,
    guard: manages,
    transaction: false,
    params,
    responses: { 200: serviceAccountView },
    errors: { 404: ['not_found'] },
    handler: async ({ params: { id }, actor, principal, incoming, trace, signal }) => {
      assertInPerson(principal)
      const disabledAt = new Date(clock.now())
      const account = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        const disabled = await tx.update(serviceAccounts, id, { disabledAt }, { disabledAt: null })
        const found = disabled ?? (await tx.get(serviceAccounts, id))
        if (!found) throw sessionNotFound()
        const facts = { user: actor.id, address: incoming.address, reason: id }
        report('auth.service_account_disabled', facts, { trace }, tx)
        return found
      })
      return { status: 200, body: toServiceAccountView(account) }
    },
  })
}

/** Makes sure that nobody acts as a member of staff. A key may: what it ends is opened by people alone. */
export function assertInPerson(principal: Principal | null): void {
  if (principal?.impersonator !== undefined) throw sessionEnded()
}

/** Makes sure that a member of staff is there in person: neither a key, nor an old session. */
export async function demandOwnFresh(
  { signIn }: KeyServices,
  tx: Handle,
  principal: Principal | null,
): Promise<void> {
  if (!isOwnSession(principal)) throw sessionEnded()
  await holdSession(tx, principal)
  await signIn.demandFresh(tx, principal)
}
