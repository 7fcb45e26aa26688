import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import type { PasskeyOperations, PasskeyServices } from './operations.ts'
import { MOST_PASSKEYS, passkeys } from './passkeys-table.ts'
import { nameSchema, passkeyView, toPasskeyView } from './wire.ts'

type PasskeyTree = PasskeyOperations['passkeys']

const tags = ['auth']
const params = v.object({ id: v.string() })

/** Makes the operation `GET /auth/passkeys`. */
export function listPasskeys({ database }: PasskeyServices): PasskeyTree['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/passkeys',
    summary: 'List own passkeys',
    tags,
    responses: { 200: v.object({ items: v.array(passkeyView) }) },
    handler: async ({ actor, trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(passkeys, {
        where: { user: actor.id },
        orderBy: { createdAt: 'asc' },
        limit: MOST_PASSKEYS,
      })
      return { status: 200, body: { items: items.map(toPasskeyView) } }
    },
  })
}

/** Makes the operation `PATCH /auth/passkeys/:id`. */
export function renamePasskey({ database }: PasskeyServices): PasskeyTree['rename'] {
  return defineOperation()({
    method: 'PATCH',
    path: '/auth/passkeys/:id',
    summary: 'Rename a passkey',
    tags,
    transaction: false,
    params,
    body: v.object({ name: nameSchema }),
    responses: { 200: passkeyView },
    errors: { 404: ['not_found'] },
    handler: async ({ params: { id }, body, actor, principal, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const db = database.systemIn({ trace, signal })
      const renamed = await db.update(passkeys, id, body, { user: actor.id })
      if (!renamed) throw sessionNotFound()
      return { status: 200, body: toPasskeyView(renamed) }
    },
  })
}

/** Makes the operation `DELETE /auth/passkeys/:id`. Whoever else was signed in has to do so anew. */
export function removePasskey(services: PasskeyServices): PasskeyTree['remove'] {
  const { database, clock, accounts, signIn, courier, report } = services
  return defineOperation()({
    method: 'DELETE',
    path: '/auth/passkeys/:id',
    summary: 'Remove a passkey',
    description: 'Ends all other sessions. The last way into an account is not removed.',
    tags,
    transaction: false,
    params,
    responses: { 204: null },
    errors: {
      401: ['insufficient_authentication'],
      404: ['not_found'],
      409: ['last_way_in'],
    },
    handler: async ({ params: { id }, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const db = database.systemIn(scope)
      if (!isOwnSession(principal)) throw sessionEnded()
      const now = clock.now()
      await db.transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const stored = await tx.first(passkeys, { where: { id, user: actor.id } })
        const user = await tx.get(users, actor.id)
        if (!stored || !user) throw sessionNotFound()
        if (stored.verifiesUser) await accounts.assertOtherWayIn(tx, actor.id)
        if (!(await tx.delete(passkeys, id))) throw sessionNotFound()
        await accounts.endAccess(tx, user.id, { except: principal.sessionId })
        const occasion = occasionOf(incoming, now)
        courier.mail(tx, user.email, { kind: 'changed', change: 'passkey removed', occasion })
        const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
        report('auth.factor_removed', { ...facts, reason: 'passkey' }, scope, tx)
      })
      return { status: 204 }
    },
  })
}
