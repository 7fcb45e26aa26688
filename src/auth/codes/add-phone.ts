import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded } from '../errors.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import type { SmsCodeOperations } from './operations.ts'
import { phoneSchema } from './phone-number.ts'
import { hostOf, type SmsServices } from './text.ts'
import { CODE_LIFETIME, CODE_MINUTES, codeSentSchema } from './wire.ts'

export const ADD_PHONE = 'add-phone'

/**
 * Makes the operation `POST /auth/phones`. The number is stored once it is proved; until then this is a
 * code and nothing else, whether or not another account has the number.
 */
export function addPhone(services: SmsServices): SmsCodeOperations['phones']['add'] {
  const { database, clock, gate, secrets, courier, signIn, report, compose } = services
  const host = hostOf(services)
  return defineOperation()({
    method: 'POST',
    path: '/auth/phones',
    summary: 'Add a telephone number',
    description: 'Texts a code to it, to be confirmed within 15 minutes of signing in.',
    tags: ['auth'],
    transaction: false,
    body: v.object({ number: phoneSchema }),
    responses: { 202: codeSentSchema },
    errors: { 401: ['insufficient_authentication'], 429: ['rate_limited'] },
    handler: async ({ body: { number }, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!isOwnSession(principal)) throw sessionEnded()
      const { id } = actor
      await gate.pass({ purpose: 'add_phone', account: id, incoming, people: true }, scope)
      // However many accounts ask to add it, a number is texted so often and no more.
      await gate.pass({ purpose: 'add_phone_number', account: number, incoming }, scope)
      const db = database.systemIn(scope)
      await signIn.demandFresh(db, principal)
      const token = await db.transaction(async (tx) => {
        const issued = await secrets.issueCode(tx, {
          purpose: ADD_PHONE,
          lifetime: CODE_LIFETIME,
          user: id,
          subject: number,
        })
        const { code } = issued
        courier.text(tx, number, compose({ code, minutes: CODE_MINUTES, host }))
        const facts = { user: id, address: incoming.address, reason: ADD_PHONE }
        report('auth.code_requested', facts, scope, tx)
        return issued.token
      })
      const expiresAt = new Date(clock.now() + CODE_LIFETIME)
      return { status: 202, body: { challenge: token, expiresAt } }
    },
  })
}
