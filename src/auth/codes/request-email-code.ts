import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { emailSchema } from '../email.ts'
import { nameSchema } from '../name.ts'
import { onTheBeat } from '../on-the-beat.ts'
import type { AuthServices } from '../part.ts'
import { users } from '../users.ts'
import { EMAIL_CODE } from './methods.ts'
import type { EmailCodeOperations } from './operations.ts'
import { CODE_LIFETIME, CODE_MINUTES, codeSentSchema } from './wire.ts'

/**
 * Makes the operation `POST /auth/email-code`. An address that gets no code costs the same writes and is
 * given a challenge too, whose code nobody has.
 */
export function requestEmailCode(
  services: AuthServices,
  { signUp }: { readonly signUp: boolean },
): EmailCodeOperations['emailCode'] {
  const { database, clock, gate, secrets, courier, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/email-code',
    summary: 'Ask for a code by e-mail',
    description: 'Answers alike whether or not a code is mailed.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ email: emailSchema, name: v.optional(nameSchema) }),
    responses: { 202: codeSentSchema },
    errors: { 403: ['captcha_failed'], 429: ['rate_limited'] },
    handler: ({ body: { email, name = null }, incoming, trace, signal }) =>
      onTheBeat(async () => {
        const scope = { trace, signal }
        await gate.pass({ purpose: 'email_code', account: email, incoming, people: true }, scope)
        const token = await database.systemIn(scope).transaction(async (tx) => {
          const known = await tx.first(users, { where: { email } })
          const issued = await secrets.issueCode(tx, {
            purpose: EMAIL_CODE,
            lifetime: CODE_LIFETIME,
            user: known?.id ?? null,
            subject: email,
            payload: { name },
          })
          const { code } = issued
          courier.mail(tx, known || signUp ? email : null, {
            kind: 'code',
            code,
            minutes: CODE_MINUTES,
          })
          const facts = { user: known?.id, address: incoming.address, reason: EMAIL_CODE }
          report('auth.code_requested', facts, scope, tx)
          return issued.token
        })
        const expiresAt = new Date(clock.now() + CODE_LIFETIME)
        return { status: 202, body: { challenge: token, expiresAt } }
      }),
  })
}
