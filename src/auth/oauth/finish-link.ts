import type { Handle } from '../../data/index.ts'
import type { Scope } from '../../kernel/index.ts'
import { sessionEnded } from '../errors.ts'
import { sessions } from '../session/sessions-table.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { linkIdentity } from './admit.ts'
import type { ArrivalAnswer, Return } from './arrival.ts'
import { flowEnded } from './errors.ts'
import { clearBinding } from './flow.ts'
import type { OAuthServices } from './operations.ts'

/** Links in the session that asked for it, if it is this one and still open. */
export async function finishLink(
  services: OAuthServices,
  { arrival, flow, proven }: Return,
  scope: Scope,
): Promise<ArrivalAnswer> {
  const { database, provider, courier, clock, report } = services
  const { incoming, principal } = arrival
  if (!isOwnSession(principal) || principal.sessionId !== flow.session) throw flowEnded()
  const { id: user } = principal.actor
  await database.systemIn(scope).transaction(async (tx) => {
    await holdSession(tx, principal.sessionId)
    const isNew = await linkIdentity(tx, proven, { user, services })
    const owner = await tx.get(users, user)
    if (owner && isNew) {
      const occasion = occasionOf(incoming, clock.now())
      courier.mail(tx, owner.email, {
        kind: 'changed',
        change: 'sign-in provider linked',
        occasion,
      })
    }
    const reason = `oidc:${provider.name}`
    const facts = { user, address: incoming.address, reason }
    if (isNew) report('auth.factor_added', facts, scope, tx)
  })
  if (flow.transport === 'bearer') return { status: 204 }
  const location = flow.returnTo ?? provider.pages.account
  return { status: 303, headers: { location, 'set-cookie': clearBinding() } }
}

/** Throws when the session has ended; until `tx` is over nobody ends it. */
async function holdSession(tx: Handle, id: string): Promise<void> {
  const session = await tx.get(sessions, id)
  const { expiresAt } = session ?? {}
  if (!expiresAt || !(await tx.update(sessions, id, { expiresAt }))) throw sessionEnded()
}
