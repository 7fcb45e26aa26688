import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import { anyone, defineOperation } from '../../http/index.ts'
import { emailSchema } from '../email.ts'
import { wrongCredentials } from '../errors.ts'
import type { Attempt } from '../limits/attempt.ts'
import type { Entered, EntryRequest } from '../sign-in/sign-in.ts'
import { signInResponses, transportSchema } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { passwords } from './passwords-table.ts'

/** Whose password an account that does not exist has: nobody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Makes the operation `POST /auth/sign-in`. The attempt is counted before anything is told, and an
 * unknown account takes the same way as a wrong password to the same answer.
 */
export function signIn(services: PasswordServices): PasswordOperations['signIn'] {
  const { database, gate, hasher, report, answerSignIn } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-in',
    summary: 'Sign in',
    description:
      'Ends the session that the request came with, and opens a new one. 202 asks for a second factor.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({
      email: emailSchema,
      password: passwordSchema,
      transport: transportSchema,
    }),
    responses: signInResponses,
    errors: { 401: ['wrong_credentials'], 403: ['banned'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { email, password, transport } = body
      const { address } = incoming
      const db = database.systemIn(scope)
      const check = async () => {
        const user = await db.first(users, { where: { email } })
        const stored = await db.first(passwords, { where: { user: user?.id ?? NOBODY } })
        return { user, stored, right: await hasher.verify(password, stored?.hash, scope) }
      }
      const tried = { purpose: 'sign_in', account: email, incoming, check }
      const { attempt, checked } = await gate.passWith(tried, scope)
      const { user, stored, right } = checked
      const proof = right && user && stored && { password, user, stored }
      const entered =
        proof && (await enter(services, { proof, attempt, incoming, principal, transport, scope }))
      if (!entered) {
        report('auth.sign_in_failed', { user: user?.id, address }, scope)
        throw wrongCredentials()
      }

      return answerSignIn(entered, { incoming, transport })
    },
  })
}

interface Entry extends EntryRequest {
  /** The password, and the stored hash and the user that it was found to belong to. */
  readonly proof: {
    readonly password: string
    readonly stored: Row<typeof passwords>
    readonly user: Row<typeof users>
  }
  readonly attempt: Attempt
}

/**
 * Lets the owner in, or answers null when the password was changed since it was checked: that it
 * still is the one that was checked is part of the write, so an old password opens nothing.
 */
async function enter(
  { database, clock, gate, hasher, signIn }: PasswordServices,
  { proof: { password, stored, user: seen }, attempt, ...request }: Entry,
): Promise<Entered | null> {
  const { id, hash: checked } = stored
  const { scope } = request
  const hash = hasher.isOutdated(checked) ? await hasher.hash(password, scope) : checked
  return database.systemIn(scope).transaction(async (tx) => {
    const used = { hash, usedAt: new Date(clock.now()) }
    if (!(await tx.update(passwords, id, used, { hash: checked }))) return null
    await gate.forgive(tx, attempt)
    return signIn.enter(tx, { user: seen.id, method: 'password', seen }, request)
  })
}
