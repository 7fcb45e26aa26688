import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import { anyone, defineOperation } from '../../http/index.ts'
import type { Admitted } from '../accounts/reader.ts'
import { wrongCode } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import type { EmailCodeOperations } from './operations.ts'
import { answerEntries } from './wire.ts'

/** A way in by a code. */
export interface WayByCode {
  readonly method: 'email-code' | 'sms-code'
  readonly summary: string
  /** Whose code it is, as part of the transaction that spends it; null when it opens nothing any more. */
  admit(tx: Handle, grant: OpenGrant): Promise<Admitted | null>
}

/**
 * Makes the operation that signs in by a code. Guesses are counted twice: for the challenge, and for
 * the account over all of its challenges, so that asking for more codes gives no more guesses.
 */
export function signInByCode(
  services: AuthServices,
  { method, summary, admit }: WayByCode,
): EmailCodeOperations['confirmEmailCode'] {
  const { database, gate, secrets, signIn, answerSignIn, report } = services
  return defineOperation()({
    method: 'POST',
    path: `/auth/${method}/confirm`,
    summary,
    description: '202 asks for a second factor.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ ...answerEntries, transport: transportSchema }),
    responses: signInResponses,
    errors: { 401: ['wrong_code'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { challenge: token, code, transport } = body
      const request = { incoming, principal, transport, scope }
      const db = database.systemIn(scope)
      // Read for the name of the account alone: the code is looked at when the guess is counted.
      const asked = await secrets.find(db, method, token)
      const account = asked?.subject ?? token
      const purpose = `${method}_confirm`
      const attempt = await gate.pass({ purpose, account, incoming }, scope)
      const right = await secrets.guess({ purpose: method, token, code }, scope)
      const facts = { address: incoming.address, reason: method }
      const entered =
        right &&
        (await db.transaction(async (tx) => {
          const grant = await secrets.spend(tx, method, token)
          const admitted = grant && (await admit(tx, grant))
          if (!admitted) return null
          const { user, created } = admitted
          await secrets.revoke(tx, { purpose: method, subject: account })
          await gate.forgive(tx, attempt)
          if (created) report('auth.sign_up', { ...facts, user: user.id }, scope, tx)
          return signIn.enter(tx, { user: user.id, method }, request)
        }))
      if (!entered) {
        report('auth.sign_in_failed', { ...facts, user: asked?.user ?? undefined }, scope)
        throw wrongCode()
      }
      return answerSignIn(entered, request)
    },
  })
}
