import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded, weakPassword, wrongCredentials } from '../errors.ts'
import { sessions } from '../session/sessions-table.ts'
import { handOver, renewedSession, toSessionView } from '../session/wire.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { findWeakness } from './password-text.ts'
import { passwords } from './passwords-table.ts'

/**
 * Makes the operation `POST /auth/password`. The change, the end of all sessions and the new session
 * are one transaction, which takes place only if the password is still the one that was checked and
 * the session is still open: of several changes at once one wins.
 */
export function changePassword(services: PasswordServices): PasswordOperations['changePassword'] {
  const { database, clock, gate, hasher, rules, report, courier, session: settings } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/password',
    summary: 'Change the password',
    description: 'Ends all sessions and opens a new one in the place of this one.',
    tags: ['auth'],
    transaction: false,
    body: v.object({ current: passwordSchema, password: passwordSchema }),
    responses: { 200: renewedSession, 204: null },
    errors: { 401: ['wrong_credentials'], 429: ['rate_limited'] },
    handler: async ({ body, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const facts = { user: actor.id, address: incoming.address }
      const db = database.systemIn(scope)
      const owner = await db.get(users, actor.id)
      const before = principal && (await db.get(sessions, principal.sessionId))
      if (!owner || !before || !isOwnSession(principal)) throw sessionEnded()
      const weakness = await findWeakness(body.password, owner, rules)
      if (weakness !== undefined) throw weakPassword(weakness)

      const attempt = await gate.pass({ purpose: 'password', account: actor.id, incoming }, scope)
      const stored = await db.first(passwords, { where: { user: actor.id } })
      if (!(await hasher.verify(body.current, stored?.hash, scope)) || !stored) {
        report('auth.password_change_failed', facts, scope)
        throw wrongCredentials()
      }

      await services.assertUnbreached(body.password, scope)
      const hash = await hasher.hash(body.password, scope)
      const opened = await db.transaction(async (tx) => {
        const now = clock.now()
        await replacePassword(tx, { stored, hash, now, sessionId: before.id })
        await services.accounts.endAccess(tx, actor.id)
        await gate.forgive(tx, attempt)
        courier.mail(tx, owner.email, {
          kind: 'changed',
          change: 'password changed',
          occasion: occasionOf(incoming, now),
        })
        const { methods, assurance } = before
        const { credential: transport } = principal
        const entry = { user: actor.id, methods, assurance, incoming, transport }
        const replaced = await services.openSession(tx, entry)
        report('auth.password_changed', { ...facts, session: replaced.session.id }, scope, tx)
        return replaced
      })

      const { credential: transport } = principal
      const { headers, body: handed } = handOver(opened, { transport, settings })
      const { token } = handed
      if (token === undefined) return { status: 204, headers }
      const session = toSessionView(opened.session)
      return { status: 200, body: { ...handed, session, token } }
    },
  })
}

/** Throws, and so rolls back, when the password or the session is no longer what it was. */
async function replacePassword(
  tx: Handle,
  change: { stored: Row<typeof passwords>; hash: string; now: number; sessionId: string },
): Promise<void> {
  const { stored, hash, now, sessionId } = change
  const used = { hash, usedAt: new Date(now) }
  if (!(await tx.update(passwords, stored.id, used, { hash: stored.hash }))) {
    throw wrongCredentials()
  }
  if (!(await tx.delete(sessions, sessionId))) throw sessionEnded()
}
