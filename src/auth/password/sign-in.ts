import * as v from 'valibot'
import type { Row } from '../../data/index.ts'
import { anyone, defineOperation, type Incoming, type Principal } from '../../http/index.ts'
import type { Scope } from '../../kernel/index.ts'
import { emailSchema } from '../email.ts'
import { wrongCredentials } from '../errors.ts'
import type { Attempt } from '../limits/limiter.ts'
import { type OpenedSession, openSession } from '../session/open-session.ts'
import { sessions } from '../session/sessions-table.ts'
import { handOver, sessionView, toSessionView, toUserView, userView } from '../session/wire.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { passwords } from './passwords-table.ts'

/** Whose password an account that does not exist has: nobody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Makes the operation `POST /auth/sign-in`. The attempt is counted before anything is looked at, and
 * an unknown account takes the same way as a wrong password to the same answer.
 */
export function signIn(services: PasswordServices): PasswordOperations['signIn'] {
  const { database, limiter, hasher, report, session: settings } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-in',
    summary: 'Sign in',
    description: 'Ends the session that the request came with, and opens a new one.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({
      email: emailSchema,
      password: passwordSchema,
      transport: v.optional(v.picklist(['cookie', 'bearer']), 'cookie'),
    }),
    responses: {
      200: v.object({ user: userView, session: sessionView, token: v.optional(v.string()) }),
    },
    errors: { 401: ['wrong_credentials'], 429: ['rate_limited'] },
    handler: async ({ body, incoming, principal, trace, signal }) => {
      const scope = { trace, signal }
      const { email, password, transport } = body
      const { address } = incoming
      const attempt = { purpose: 'sign_in', account: email, address } as const
      await limiter.count(attempt, scope)

      const db = database.systemIn(scope)
      const user = await db.first(users, { where: { email } })
      const stored = await db.first(passwords, { where: { user: user?.id ?? NOBODY } })
      const right = await hasher.verify(password, stored?.hash, scope)
      const proof = right && stored && { password, stored }
      const opened =
        proof && (await enter(services, { proof, attempt, incoming, principal }, scope))
      if (!user || !opened) {
        report('auth.sign_in_failed', { user: user?.id, address }, scope)
        throw wrongCredentials()
      }

      report('auth.sign_in', { user: user.id, session: opened.session.id, address }, scope)
      const { headers, body: handed } = handOver(opened, { transport, settings })
      const session = toSessionView(opened.session)
      return { status: 200, headers, body: { user: toUserView(user), session, ...handed } }
    },
  })
}

interface Entry {
  /** The password and the stored hash that it was found to belong to. */
  readonly proof: { readonly password: string; readonly stored: Row<typeof passwords> }
  readonly attempt: Attempt
  readonly incoming: Incoming
  readonly principal: Principal | null
}

/**
 * Opens the session, or answers null when the password was changed since it was checked: that it
 * still is the one that was checked is part of the write, so an old password opens nothing.
 */
async function enter(
  { database, clock, limiter, hasher, session: settings }: PasswordServices,
  { proof: { password, stored }, attempt, incoming, principal }: Entry,
  scope: Scope,
): Promise<OpenedSession | null> {
  const { id, user, hash: checked } = stored
  const hash = hasher.isOutdated(checked) ? await hasher.hash(password, scope) : checked
  return database.systemIn(scope).transaction(async (tx) => {
    const now = clock.now()
    const used = { hash, usedAt: new Date(now) }
    if (!(await tx.update(passwords, id, used, { hash: checked }))) return null
    await limiter.forgive(tx, attempt)
    if (principal) await tx.delete(sessions, principal.sessionId)
    return openSession(tx, { user, incoming, now, settings })
  })
}
