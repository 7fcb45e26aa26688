import type { Handle } from '../../data/index.ts'
import { assertKnown } from '../../kernel/index.ts'
import type { Admitted } from '../accounts/reader.ts'
import { assertFunction } from '../options.ts'
import type { Factor } from '../part.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { users } from '../users.ts'
import { addPhone } from './add-phone.ts'
import { confirmPhone } from './confirm-phone.ts'
import { SMS_CODE } from './methods.ts'
import type { SmsCodeOperations } from './operations.ts'
import { listPhones, removePhone } from './phones.ts'
import { phones } from './phones-table.ts'
import { requestSmsCode } from './request-sms-code.ts'
import { signInByCode } from './sign-in-by-code.ts'
import { type ComposeText, composeText } from './text.ts'

/** What short messages say. */
export interface SmsCodeOptions {
  /** Puts a code into words. Default: English, with a last line by which browsers know whose it is. */
  readonly compose?: ComposeText
}

/**
 * Makes the factor of a code by short message: six digits, good for ten minutes and for five guesses,
 * and only together with the challenge that the request for it was answered with.
 *
 * Users add a number when they are signed in, and prove it with a code; only such numbers are texted to
 * sign in. A number belongs to one account. Needs `auth({ text, keys })`. Short messages can be read by
 * others on their way and numbers be taken over: offer something better beside it.
 *
 * ```ts
 * import { auth, consoleText, password, smsCode } from 'plinth/auth'
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * export const accounts = auth({
 *   factors: [password(), smsCode()],
 *   text: consoleText(),
 *   keys: createKeyring({ current: '2026', keys: { 2026: generateKey() } }),
 * })
 * ```
 */
export function smsCode(options: SmsCodeOptions = {}): Factor<SmsCodeOperations> {
  assertKnown('smsCode()', options, ['compose'])
  const { compose = composeText } = options
  assertFunction(compose, 'smsCode().compose', '({ code }) => text')
  return {
    kind: 'factor',
    name: SMS_CODE,
    tables: [phones],
    needs: ['text', 'keys'],
    open(services) {
      const own = { ...services, compose }
      return {
        operations: {
          smsCode: requestSmsCode(own),
          confirmSmsCode: signInByCode(services, {
            method: SMS_CODE,
            summary: 'Sign in by a code from a short message',
            admit: admitHolder,
          }),
          phones: {
            list: listPhones(own),
            add: addPhone(own),
            confirm: confirmPhone(own),
            remove: removePhone(own),
          },
        },
        countWaysIn: (db, user) => db.count(phones, { user }),
        forget: async (tx, user) => {
          await tx.deleteMany(phones, { user })
        },
        export: async (db, user) => {
          const { items } = await db.list(phones, { where: { user } })
          return items.map(({ number, verifiedAt }) => ({
            number,
            verifiedAt: verifiedAt.toISOString(),
          }))
        },
      }
    },
  }
}

/** The account of a number, if it still is the one that the code was asked for. */
async function admitHolder(tx: Handle, { user, subject }: OpenGrant): Promise<Admitted | null> {
  if (user === null || subject === null) return null
  const phone = await tx.first(phones, { where: { user, number: subject } })
  const holder = phone && (await tx.get(users, user))
  return holder && { user: holder, created: false }
}
