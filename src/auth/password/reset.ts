import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { emailSchema } from '../email.ts'
import { onTheBeat } from '../on-the-beat.ts'
import { ACCEPTED, acceptedSchema } from '../secrets/wire.ts'
import { users } from '../users.ts'
import type { PasswordOperations, PasswordServices } from './operations.ts'

export const RESET = 'reset'
const MINUTES = 30

/**
 * Makes the operation `POST /auth/reset`. An unknown address costs the same writes, for a link that
 * nobody gets.
 */
export function reset(services: PasswordServices): PasswordOperations['reset'] {
  const { database, gate, secrets, courier, links, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/reset',
    summary: 'Ask for a new password',
    description: 'Mails a link to the address if it has an account; answers alike if not.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ email: emailSchema }),
    responses: { 202: acceptedSchema },
    errors: { 403: ['captcha_failed'], 429: ['rate_limited'] },
    handler: ({ body: { email }, incoming, trace, signal }) =>
      onTheBeat(async () => {
        const scope = { trace, signal }
        await gate.pass({ purpose: 'reset', account: email, incoming, people: true }, scope)
        await database.systemIn(scope).transaction(async (tx) => {
          const known = await tx.first(users, { where: { email } })
          const token = await secrets.issue(tx, {
            purpose: RESET,
            lifetime: MINUTES * 60_000,
            user: known?.id ?? null,
            subject: email,
          })
          const link = links('reset', token)
          courier.mail(tx, known ? email : null, { kind: 'reset', link, minutes: MINUTES })
          const facts = { user: known?.id, address: incoming.address, reason: RESET }
          report('auth.code_requested', facts, scope, tx)
        })
        return { status: 202, body: ACCEPTED }
      }),
  })
}
