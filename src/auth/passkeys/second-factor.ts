import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { sha256 } from '../../kernel/index.ts'
import { wrongPasskey } from '../errors.ts'
import { SECOND_FACTOR, secondFactorEntries } from '../sign-in/second-factor.ts'
import type { HalfSignIn, SignInRequest } from '../sign-in/sign-in.ts'
import { signInResponses } from '../sign-in/wire.ts'
import { assertionSchema, requestOptions } from './ceremonies.ts'
import { toRequestOptions } from './ceremony-options.ts'
import { type Ceremony, issueChallenge, spendChallenge } from './challenges.ts'
import { challengeOf } from './client-data.ts'
import type { PasskeyOperations, PasskeyServices } from './operations.ts'
import { MOST_PASSKEYS, passkeys } from './passkeys-table.ts'
import type { RelyingParty } from './relying-party.ts'
import { noteUse, verifyAssertion } from './verify-assertion.ts'

type SecondFactorOperations = PasskeyOperations['passkeySecondFactor']

const about = {
  tags: ['auth'],
  guard: anyone,
  transaction: false,
} as const

/** Makes the operation `POST /auth/second-factor/passkey/options`. */
export function secondFactorOptions(services: PasskeyServices): SecondFactorOperations['options'] {
  const { database, secrets, signIn, party } = services
  return defineOperation()({
    ...about,
    method: 'POST',
    path: '/auth/second-factor/passkey/options',
    summary: 'Begin to show a passkey as the second factor',
    body: v.object({ pending: secondFactorEntries.pending }),
    responses: { 200: requestOptions },
    errors: { 401: ['unauthenticated'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const half = await signIn.findHalf(body.pending, { incoming, principal }, scope)
      const ceremony = await ceremonyOf(half, { principal })
      const db = database.systemIn(scope)
      const { items } = await db.list(passkeys, {
        where: { user: half.user },
        orderBy: { createdAt: 'asc' },
        select: ['credentialId', 'transports'],
        limit: MOST_PASSKEYS,
      })
      const challenge = await db.transaction((tx) => issueChallenge(secrets, tx, ceremony))
      const userVerification = asksToVerify(half, party) ? 'required' : 'preferred'
      const asked = { challenge, userVerification, known: items } as const
      return { status: 200, body: toRequestOptions(party, asked) }
    },
  })
}

/** Makes the operation `POST /auth/second-factor/passkey`. The challenge is spent with the answer, right or wrong. */
export function confirmSecondFactor(services: PasskeyServices): SecondFactorOperations['confirm'] {
  const { database, clock, gate, secrets, report, signIn, answerSignIn, party } = services
  return defineOperation()({
    ...about,
    method: 'POST',
    path: '/auth/second-factor/passkey',
    summary: 'Show a passkey as the second factor',
    description:
      'Finishes a sign-in that was half done, or opens a fresh session in the place of the request’s own.',
    body: v.object({ credential: assertionSchema, ...secondFactorEntries }),
    responses: signInResponses,
    errors: { 401: ['wrong_passkey', 'unauthenticated'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { credential, remember: trust } = body
      const request = { incoming, principal }
      const half = await signIn.findHalf(body.pending, request, scope)
      const { user } = half
      // A session is replaced by one that goes the same way.
      const transport = (half.pending === undefined && principal?.credential) || body.transport
      const attempt = await gate.pass({ purpose: SECOND_FACTOR, account: user, incoming }, scope)
      const ceremony = await ceremonyOf(half, request)
      const db = database.systemIn(scope)
      const credentialHash = await sha256(credential.id)
      const stored = await db.first(passkeys, { where: { credentialHash, user } })
      const challenge = challengeOf(credential)
      const verified = asksToVerify(half, party)
      const proved = await verifyAssertion(party, { credential, challenge, stored, verified })
      const entered = await db.transaction(async (tx) => {
        const ours = await spendChallenge(secrets, tx, { ...ceremony, challenge })
        if (!ours || typeof proved === 'string') return null
        if (!(await noteUse(tx, proved, clock.now()))) return null
        await gate.forgive(tx, attempt)
        return signIn.complete(tx, half, {
          ...request,
          transport,
          scope,
          method: 'passkey',
          trust,
        })
      })
      if (!entered) {
        const reason = typeof proved === 'string' ? proved : 'passkey'
        report('auth.second_factor_failed', { user, address: incoming.address, reason }, scope)
        throw wrongPasskey()
      }
      return answerSignIn(entered, { incoming, transport })
    },
  })
}

async function ceremonyOf(
  { user, pending }: HalfSignIn,
  { principal }: Pick<SignInRequest, 'principal'>,
): Promise<Ceremony> {
  const within = pending === undefined ? (principal?.sessionId ?? '') : await sha256(pending)
  return { purpose: 'passkey-second-factor', user, within }
}

/** Holding the same passkey once more shows nothing new: then its authenticator verifies who holds it. */
function asksToVerify({ methods }: HalfSignIn, { userVerification }: RelyingParty): boolean {
  return userVerification === 'required' || methods.every((method) => method === 'passkey')
}
