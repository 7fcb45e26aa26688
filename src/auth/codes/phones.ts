import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import type { PhoneView, SmsCodeOperations } from './operations.ts'
import { phones } from './phones-table.ts'
import type { SmsServices } from './text.ts'

export const phoneView: v.GenericSchema<PhoneView> = v.object({
  id: v.string(),
  number: v.string(),
  verifiedAt: v.date(),
})

export function toPhoneView({ id, number, verifiedAt }: Row<typeof phones>): PhoneView {
  return { id, number, verifiedAt }
}

/** Makes the operation `GET /auth/phones`. */
export function listPhones({ database }: SmsServices): SmsCodeOperations['phones']['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/phones',
    summary: 'List own telephone numbers',
    tags: ['auth'],
    responses: { 200: v.object({ items: v.array(phoneView) }) },
    handler: async ({ actor, trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(phones, {
        where: { user: actor.id },
        orderBy: { verifiedAt: 'asc' },
      })
      return { status: 200, body: { items: items.map(toPhoneView) } }
    },
  })
}

/** Makes the operation `DELETE /auth/phones/:id`. Ends all other sessions, and all codes under way. */
export function removePhone(services: SmsServices): SmsCodeOperations['phones']['remove'] {
  const { database, clock, accounts, courier, signIn, report } = services
  return defineOperation()({
    method: 'DELETE',
    path: '/auth/phones/:id',
    summary: 'Remove a telephone number',
    description: 'Ends all other sessions. The last way into the account is not removed.',
    tags: ['auth'],
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 204: null },
    errors: { 401: ['insufficient_authentication'], 409: ['last_way_in'] },
    handler: async ({ params, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!isOwnSession(principal)) throw sessionEnded()
      const db = database.systemIn(scope)
      await signIn.demandFresh(db, principal)
      await db.transaction(async (tx) => {
        await holdSession(tx, principal)
        if (!(await tx.exists(phones, { id: params.id, user: actor.id }))) throw sessionNotFound()
        await accounts.assertOtherWayIn(tx, actor.id)
        if (!(await tx.delete(phones, params.id, { user: actor.id }))) throw sessionNotFound()
        await accounts.endAccess(tx, actor.id, { except: principal.sessionId })
        const owner = await tx.get(users, actor.id)
        const occasion = occasionOf(incoming, clock.now())
        const notice = { kind: 'changed', change: 'phone number removed', occasion } as const
        if (owner) courier.mail(tx, owner.email, notice)
        const facts = { user: actor.id, address: incoming.address, reason: 'phone' }
        report('auth.factor_removed', facts, scope, tx)
      })
      return { status: 204 }
    },
  })
}
