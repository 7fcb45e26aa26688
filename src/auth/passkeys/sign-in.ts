import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { sha256 } from '../../kernel/index.ts'
import { wrongPasskey } from '../errors.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import { assertionSchema, requestOptions } from './ceremonies.ts'
import { toRequestOptions } from './ceremony-options.ts'
import { challengeOf, userOf } from './client-data.ts'
import { createOpenChallenges } from './open-challenge.ts'
import type { PasskeyOperations, PasskeyServices } from './operations.ts'
import { passkeys } from './passkeys-table.ts'
import { noteUse, verifyAssertion } from './verify-assertion.ts'

type SignInOperations = PasskeyOperations['passkeySignIn']

/** Makes the operation `POST /auth/sign-in/passkey/options`. It knows nobody, so it tells of nobody. */
export function signInOptions(services: PasskeyServices): SignInOperations['options'] {
  const challenges = createOpenChallenges(services)
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-in/passkey/options',
    summary: 'Begin to sign in with a passkey',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    responses: { 200: requestOptions },
    handler: async () => {
      const challenge = await challenges.create()
      const asked = { challenge, userVerification: 'required', known: [] } as const
      return { status: 200, body: toRequestOptions(services.party, asked) }
    },
  })
}

/**
 * Makes the operation `POST /auth/sign-in/passkey`. A passkey alone lets in only whom its authenticator has
 * verified: that shows what one has and what one knows or is, two factors in one. The challenge is spent with
 * the answer, right or wrong.
 */
export function confirmSignIn(services: PasskeyServices): SignInOperations['confirm'] {
  const { database, clock, gate, report, signIn, answerSignIn, party } = services
  const challenges = createOpenChallenges(services)
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-in/passkey',
    summary: 'Sign in with a passkey',
    description: 'Ends the session that the request came with, and opens a new one.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ credential: assertionSchema, transport: transportSchema }),
    responses: signInResponses,
    errors: { 401: ['wrong_passkey'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { credential, transport } = body
      const user = userOf(credential)
      const account = user ?? credential.id
      const attempt = await gate.pass({ purpose: 'passkey', account, incoming }, scope)

      const db = database.systemIn(scope)
      const credentialHash = await sha256(credential.id)
      // One that was added without verifying its user only comes second.
      const stored = await db.first(passkeys, { where: { credentialHash, verifiesUser: true } })
      const challenge = challengeOf(credential)
      const assertion = { credential, challenge, stored, verified: true }
      const proved = user ? await verifyAssertion(party, assertion) : 'passkey'
      const entered = await db.transaction(async (tx) => {
        const ours = await challenges.spend(tx, challenge)
        if (!ours || typeof proved === 'string') return null
        if (!(await noteUse(tx, proved, clock.now()))) return null
        await gate.forgive(tx, attempt)
        const proof = { user: proved.passkey.user, method: 'passkey', assurance: 2 } as const
        return signIn.enter(tx, proof, { incoming, principal, transport, scope })
      })
      if (!entered) {
        const reason = typeof proved === 'string' ? proved : 'passkey'
        const facts = { user: stored?.user, address: incoming.address, reason }
        report('auth.sign_in_failed', facts, scope)
        throw wrongPasskey()
      }
      return answerSignIn(entered, { incoming, transport })
    },
  })
}
