import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { admitReader, toReader } from '../accounts/reader.ts'
import { invalidToken } from '../errors.ts'
import { tokenSchema } from '../secrets/wire.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import { MAGIC_LINK, type MagicLinkOperations, type MagicLinkServices } from './operations.ts'

/** Makes the operation `POST /auth/magic-link/confirm`. Using a link ends the others of its address. */
export function confirmMagicLink(
  services: MagicLinkServices,
): MagicLinkOperations['confirmMagicLink'] {
  const { database, gate, secrets, accounts, signIn, answerSignIn, report, signUp } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/magic-link/confirm',
    summary: 'Sign in by a link',
    description: 'Creates the account if there is none. 202 asks for a second factor.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ token: tokenSchema, transport: transportSchema }),
    responses: signInResponses,
    errors: { 400: ['invalid_token'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body: { token, transport }, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const request = { incoming, principal, transport, scope }
      const purpose = 'magic_link_confirm'
      const attempt = await gate.pass({ purpose, account: token, incoming }, scope)
      const entered = await database.systemIn(scope).transaction(async (tx) => {
        const grant = await secrets.spend(tx, MAGIC_LINK, token)
        if (!grant) return null
        const reader = toReader(grant, signUp)
        const admitted = await admitReader(accounts, tx, reader)
        if (!admitted) return null
        const { user, created } = admitted
        await secrets.revoke(tx, { purpose: MAGIC_LINK, subject: reader.email })
        await gate.forgive(tx, attempt)
        const proof = { user: user.id, method: MAGIC_LINK }
        const facts = { user: user.id, address: incoming.address, reason: MAGIC_LINK }
        if (created) report('auth.sign_up', facts, scope, tx)
        return signIn.enter(tx, proof, request)
      })
      if (!entered) throw invalidToken()
      return answerSignIn(entered, request)
    },
  })
}
