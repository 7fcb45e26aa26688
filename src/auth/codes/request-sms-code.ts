import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { onTheBeat } from '../on-the-beat.ts'
import { SMS_CODE } from './methods.ts'
import type { SmsCodeOperations } from './operations.ts'
import { phoneSchema } from './phone-number.ts'
import { phones } from './phones-table.ts'
import { hostOf, type SmsServices } from './text.ts'
import { CODE_LIFETIME, CODE_MINUTES, codeSentSchema } from './wire.ts'

/**
 * Makes the operation `POST /auth/sms-code`. Only numbers that somebody has proved are texted, so that
 * nobody runs up a bill; others cost the same writes and are given a challenge too.
 */
export function requestSmsCode(services: SmsServices): SmsCodeOperations['smsCode'] {
  const { database, clock, gate, secrets, courier, report, compose } = services
  const host = hostOf(services)
  return defineOperation()({
    method: 'POST',
    path: '/auth/sms-code',
    summary: 'Ask for a code by short message',
    description: 'Answers alike whether or not a code is sent.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ number: phoneSchema }),
    responses: { 202: codeSentSchema },
    errors: { 403: ['captcha_failed'], 429: ['rate_limited'] },
    handler: ({ body: { number }, incoming, trace, signal }) =>
      onTheBeat(async () => {
        const scope = { trace, signal }
        await gate.pass({ purpose: 'sms_code', account: number, incoming, people: true }, scope)
        const token = await database.systemIn(scope).transaction(async (tx) => {
          const phone = await tx.first(phones, { where: { number } })
          const issued = await secrets.issueCode(tx, {
            purpose: SMS_CODE,
            lifetime: CODE_LIFETIME,
            user: phone?.user ?? null,
            subject: number,
          })
          const { code } = issued
          courier.text(tx, phone ? number : null, compose({ code, minutes: CODE_MINUTES, host }))
          const facts = { user: phone?.user, address: incoming.address, reason: SMS_CODE }
          report('auth.code_requested', facts, scope, tx)
          return issued.token
        })
        const expiresAt = new Date(clock.now() + CODE_LIFETIME)
        return { status: 202, body: { challenge: token, expiresAt } }
      }),
  })
}
