import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { anyone, defineOperation, type Incoming } from '../../http/index.ts'
import type { Scope } from '../../kernel/index.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { invalidToken, passwordNeeded, wrongCredentials } from '../errors.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { tokenSchema } from '../secrets/wire.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { forgetBrowser, isSameBrowser, SIGN_UP } from './pending-sign-up.ts'
import { setPassword } from './set-password.ts'

/**
 * Makes the operation `POST /auth/sign-up/confirm`. Who reads the mail has to be the one who signed up:
 * by the browser, else by the password. Otherwise whoever signs up with an address that is not theirs
 * has its owner confirm a password that the owner does not know.
 */
export function confirmSignUp(services: PasswordServices): PasswordOperations['confirmSignUp'] {
  const { database, gate, secrets, signIn, answerSignIn, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-up/confirm',
    summary: 'Confirm a sign-up',
    description:
      'Creates the account and signs in. In another browser than the one of the sign-up it takes the password.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({
      token: tokenSchema,
      password: v.optional(passwordSchema),
      transport: transportSchema,
    }),
    responses: signInResponses,
    errors: {
      400: ['invalid_token'],
      401: ['wrong_credentials'],
      403: ['banned'],
      429: ['rate_limited'],
    },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { token, password, transport } = body
      const request = { incoming, principal, transport, scope }
      const purpose = 'sign_up_confirm'
      const attempt = await gate.pass({ purpose, account: token, incoming }, scope)
      const db = database.systemIn(scope)
      const pending = await secrets.find(db, SIGN_UP, token)
      if (!pending) throw invalidToken()
      await assertSamePerson(services, { pending, password, incoming }, scope)

      const entered = await db.transaction(async (tx) => {
        const grant = await secrets.spend(tx, SIGN_UP, token)
        const user = grant && (await establish(services, tx, grant))
        if (!user) return null
        await gate.forgive(tx, attempt)
        report('auth.sign_up', { user: user.id, address: incoming.address }, scope, tx)
        return signIn.enter(tx, { user: user.id, method: 'password' }, request)
      })
      if (!entered) throw invalidToken()

      const answer = answerSignIn(entered, request)
      if (transport === 'bearer') return answer
      const cookies = [answer.headers['set-cookie'] ?? [], forgetBrowser].flat()
      return { ...answer, headers: { 'set-cookie': cookies } }
    },
  })
}

async function assertSamePerson(
  { hasher, report }: PasswordServices,
  request: {
    readonly pending: OpenGrant
    readonly password: string | undefined
    readonly incoming: Incoming
  },
  scope: Scope,
): Promise<void> {
  const { pending, password, incoming } = request
  if (await isSameBrowser(incoming, pending)) return
  if (password === undefined) throw passwordNeeded()
  if (await hasher.verify(password, String(pending.payload['hash']), scope)) return
  const { address } = incoming
  report('auth.sign_in_failed', { address, reason: 'sign-up' }, scope)
  throw wrongCredentials()
}

/** Makes the account, or answers null when somebody else proved to read the address meanwhile. */
async function establish(
  { accounts, secrets, clock }: PasswordServices,
  tx: Handle,
  { subject, payload }: OpenGrant,
): Promise<Row<typeof users> | null> {
  const email = String(subject)
  const name = typeof payload['name'] === 'string' ? payload['name'] : null
  const user =
    (await accounts.create(tx, { email, name, verified: true })) ??
    (await takeOver(accounts, tx, { email, name }))
  if (!user) return null
  await setPassword(tx, user.id, { hash: String(payload['hash']), now: clock.now() })
  await secrets.revoke(tx, { purpose: SIGN_UP, subject: email })
  return user
}

/** Gives an account that nobody has proved to own to the owner of its address. */
async function takeOver(
  accounts: Accounts,
  tx: Handle,
  { email, name }: { readonly email: string; readonly name: string | null },
): Promise<Row<typeof users> | null> {
  const found = await tx.first(users, { where: { email } })
  if (!found || !(await accounts.proveEmail(tx, found))) return null
  return tx.update(users, found.id, { name })
}
