import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { defineOperation, type Incoming, type Principal } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { phoneTaken, sessionEnded, tooManyPhones, wrongCode } from '../errors.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { ADD_PHONE } from './add-phone.ts'
import type { SmsCodeOperations } from './operations.ts'
import { phoneView, toPhoneView } from './phones.ts'
import { phones } from './phones-table.ts'
import type { SmsServices } from './text.ts'
import { answerEntries } from './wire.ts'

const PER_USER = 5

/** Makes the operation `POST /auth/phones/confirm`. The unique key decides whose a number is. */
export function confirmPhone(services: SmsServices): SmsCodeOperations['phones']['confirm'] {
  const { database, gate, secrets, signIn, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/phones/confirm',
    summary: 'Confirm a telephone number',
    tags: ['auth'],
    transaction: false,
    body: v.object(answerEntries),
    responses: { 201: phoneView },
    errors: {
      401: ['wrong_code', 'insufficient_authentication'],
      409: ['phone_taken', 'too_many_phones'],
      429: ['rate_limited'],
    },
    handler: async ({ body, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const { challenge: token, code } = body
      if (!isOwnSession(principal)) throw sessionEnded()
      const purpose = 'add_phone_confirm'
      const attempt = await gate.pass({ purpose, account: actor.id, incoming }, scope)
      const db = database.systemIn(scope)
      await signIn.demandFresh(db, principal)
      const right = await secrets.guess({ purpose: ADD_PHONE, token, code }, scope)
      const phone =
        right &&
        (await db.transaction(async (tx) => {
          const grant = await secrets.spend(tx, ADD_PHONE, token)
          if (grant?.user !== actor.id || grant.subject === null) return null
          await gate.forgive(tx, attempt)
          const added = await store(services, tx, { number: grant.subject, principal, incoming })
          const facts = { user: actor.id, address: incoming.address, reason: 'phone' }
          report('auth.factor_added', facts, scope, tx)
          return added
        }))
      if (!phone) throw wrongCode()
      return { status: 201, body: toPhoneView(phone) }
    },
  })
}

async function store(
  { clock, courier }: SmsServices,
  tx: Handle,
  added: { readonly number: string; readonly principal: Principal; readonly incoming: Incoming },
): Promise<Row<typeof phones>> {
  const { number, principal, incoming } = added
  await holdSession(tx, principal)
  const owner = await tx.get(users, principal.actor.id)
  if (!owner) throw sessionEnded()
  if ((await tx.count(phones, { user: owner.id })) >= PER_USER) throw tooManyPhones()
  const now = clock.now()
  const occasion = occasionOf(incoming, now)
  courier.mail(tx, owner.email, { kind: 'changed', change: 'phone number added', occasion })
  try {
    return await tx.transaction((inner) =>
      inner.create(phones, { user: owner.id, number, verifiedAt: new Date(now) }),
    )
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') throw phoneTaken()
    throw error
  }
}
