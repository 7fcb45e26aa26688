import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { anyone, defineOperation } from '../../http/index.ts'
import { invalidToken, weakPassword } from '../errors.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { tokenSchema } from '../secrets/wire.ts'
import { occasionOf } from '../sign-in/sign-in.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { findWeakness } from './password-text.ts'
import { RESET } from './reset.ts'
import { setPassword } from './set-password.ts'

/**
 * Makes the operation `POST /auth/reset/confirm`. Whatever was open ends with the old password, and an
 * enrolled second factor is asked for, on trusted devices too: a mailbox is one factor.
 */
export function confirmReset(services: PasswordServices): PasswordOperations['confirmReset'] {
  const { database, clock, gate, hasher, rules, secrets, courier, signIn } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/reset/confirm',
    summary: 'Set a new password',
    description: 'Ends all sessions and signs in. 202 asks for a second factor.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ token: tokenSchema, password: passwordSchema, transport: transportSchema }),
    responses: signInResponses,
    errors: { 400: ['invalid_token'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { token, password, transport } = body
      const request = { incoming, principal, transport, scope }
      const attempt = await gate.pass({ purpose: 'reset_confirm', account: token, incoming }, scope)
      const db = database.systemIn(scope)
      const owner = await findOwner(db, await secrets.find(db, RESET, token))
      if (!owner) throw invalidToken()
      const weakness = await findWeakness(password, owner, rules)
      if (weakness !== undefined) throw weakPassword(weakness)
      await services.assertUnbreached(password, scope)
      const hash = await hasher.hash(password, scope)

      const entered = await db.transaction(async (tx) => {
        const user = await findOwner(tx, await secrets.spend(tx, RESET, token))
        if (!user) throw invalidToken()
        const now = clock.now()
        await replacePassword(services, tx, { user, hash, now })
        await gate.forgive(tx, attempt)
        const occasion = occasionOf(incoming, now)
        courier.mail(tx, user.email, { kind: 'changed', change: 'password reset', occasion })
        const facts = { user: user.id, address: incoming.address }
        services.report('auth.password_reset', facts, scope, tx)
        return signIn.enter(tx, { user: user.id, method: RESET }, request)
      })
      return services.answerSignIn(entered, request)
    },
  })
}

/** Whose link it is, as long as theirs is the address that it was mailed to. */
async function findOwner(db: Handle, grant: OpenGrant | null): Promise<Row<typeof users> | null> {
  if (!grant?.user || grant.subject === null) return null
  return db.first(users, { where: { id: grant.user, email: grant.subject } })
}

/** The password comes before the end of sessions, so that a sign-in with the old one is not missed. */
async function replacePassword(
  { accounts }: PasswordServices,
  tx: Handle,
  change: { readonly user: Row<typeof users>; readonly hash: string; readonly now: number },
): Promise<void> {
  const { user, hash, now } = change
  await accounts.proveEmail(tx, user)
  await setPassword(tx, user.id, { hash, now })
  await accounts.endAccess(tx, user.id)
}
