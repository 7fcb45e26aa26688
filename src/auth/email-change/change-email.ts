import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { emailSchema } from '../email.ts'
import { sessionEnded } from '../errors.ts'
import { onTheBeat } from '../on-the-beat.ts'
import type { AuthServices } from '../part.ts'
import { ACCEPTED, acceptedSchema } from '../secrets/wire.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { EMAIL, type EmailChangeOperations } from './operations.ts'

const MINUTES = 60

/** Makes the operation `POST /auth/email`. For a taken address the same is written, and nothing mailed. */
export function changeEmail(services: AuthServices): EmailChangeOperations['changeEmail'] {
  const { database, gate, secrets, courier, links, signIn, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/email',
    summary: 'Change or verify the e-mail address',
    description: 'Mails a link to the new address. Answers alike whether or not it is free.',
    tags: ['auth'],
    transaction: false,
    body: v.object({ email: emailSchema }),
    responses: { 202: acceptedSchema },
    errors: { 401: ['insufficient_authentication'], 429: ['rate_limited'] },
    handler: ({ body: { email }, actor, principal, incoming, trace, signal }) =>
      onTheBeat(async () => {
        const scope = { trace, signal }
        if (!isOwnSession(principal)) throw sessionEnded()
        await gate.pass({ purpose: 'email', account: actor.id, incoming, people: true }, scope)
        const db = database.systemIn(scope)
        await signIn.demandFresh(db, principal)
        await db.transaction(async (tx) => {
          const owner = await tx.get(users, actor.id)
          if (!owner) throw sessionEnded()
          const holder = await tx.first(users, { where: { email } })
          const token = await secrets.issue(tx, {
            purpose: EMAIL,
            lifetime: MINUTES * 60_000,
            user: actor.id,
            subject: email,
            payload: { from: owner.email },
          })
          const notice = { link: links('email', token), minutes: MINUTES }
          const free = holder === null || holder.id === owner.id
          courier.mail(tx, free ? email : null, { kind: 'confirm-email', ...notice })
          const facts = { user: actor.id, address: incoming.address, reason: EMAIL }
          report('auth.code_requested', facts, scope, tx)
        })
        return { status: 202, body: ACCEPTED }
      }),
  })
}
