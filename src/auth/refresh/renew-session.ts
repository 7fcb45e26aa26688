import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { anyone, defineOperation, type Incoming } from '../../http/index.ts'
import { type Scope, sha256 } from '../../kernel/index.ts'
import { isBanned } from '../accounts/ban.ts'
import { sessionEnded } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { isOpen } from '../session/authenticate.ts'
import type { OpenedSession } from '../session/open-session.ts'
import { sessions } from '../session/sessions-table.ts'
import { createToken } from '../session/token.ts'
import { handOver, renewedSession, toSessionView } from '../session/wire.ts'
import { occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import type { RefreshOperations } from './operations.ts'
import { refreshes } from './refresh-table.ts'
import { createRefreshToken, familyOf } from './refresh-token.ts'

/** When the tokens of a session that ends at `end` do. */
export interface RenewalLimits {
  tokenEnd(end: Date): Date
  refreshEnd(end: Date): Date
}

/**
 * Makes the operation `POST /auth/refresh`. Both tokens are replaced in one transaction, by a write that
 * takes place only while the refresh token is the one that is good: of many at once one gets through, and
 * the next ends the session. Nothing is counted before: 258 bits are not found by trying.
 */
export function renewSession(
  services: AuthServices,
  limits: RenewalLimits,
): RefreshOperations['refresh'] {
  const { database, session: settings } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Renew the token of a session',
    description:
      'Spends the refresh token and answers a new pair. One that was used ends the session.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ refresh: v.pipe(v.string(), v.maxLength(100)) }),
    responses: { 200: renewedSession },
    errors: { 401: ['unauthenticated'] },
    handler: async ({ body: { refresh }, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const family = familyOf(refresh)
      if (family === null) throw sessionEnded()
      const renewed = await database
        .systemIn(scope)
        .transaction((tx) => renew(services, tx, { refresh, family, incoming, limits, scope }))
      if (renewed.kind === 'reused') throw sessionEnded()
      const { opened } = renewed
      const { token = '', ...rest } = handOver(opened, { transport: 'bearer', settings }).body
      return { status: 200, body: { session: toSessionView(opened.session), token, ...rest } }
    },
  })
}

interface Renewal {
  readonly refresh: string
  readonly family: string
  readonly incoming: Incoming
  readonly limits: RenewalLimits
  readonly scope: Scope
}

type Renewed =
  | { readonly kind: 'renewed'; readonly opened: OpenedSession }
  | { readonly kind: 'reused' }

/** Throws, and so rolls back, when there is no such family or its session is over. */
async function renew(
  services: AuthServices,
  tx: Handle,
  { refresh, family, incoming, limits, scope }: Renewal,
): Promise<Renewed> {
  const { clock, report } = services
  const stored = await tx.first(refreshes, { where: { familyHash: await sha256(family) } })
  const { session, user } = await findOpen(services, tx, stored)
  const token = createToken()
  const next = createRefreshToken(family)
  // The session is written first, as whoever ends it does: the two wait for each other in one order.
  const held = await tx.update(sessions, session.id, {
    tokenHash: await sha256(token),
    tokenExpiresAt: limits.tokenEnd(session.expiresAt),
    lastSeenAt: new Date(clock.now()),
  })
  if (!held || !stored) throw sessionEnded()
  const replaced = {
    tokenHash: await sha256(next),
    expiresAt: limits.refreshEnd(session.expiresAt),
  }
  const good = { tokenHash: await sha256(refresh) }
  if (await tx.update(refreshes, stored.id, replaced, good)) {
    if (clock.now() >= stored.expiresAt.getTime()) throw sessionEnded()
    return { kind: 'renewed', opened: { session: held, token, refresh: next } }
  }
  await tx.delete(sessions, session.id)
  services.courier.mail(tx, user.email, {
    kind: 'changed',
    change: 'a program was signed out: its used refresh token came again',
    occasion: occasionOf(incoming, clock.now()),
  })
  const facts = { user: user.id, session: session.id, address: incoming.address }
  report('auth.token_reused', facts, scope, tx)
  return { kind: 'reused' }
}

async function findOpen(
  { clock, session: settings }: AuthServices,
  tx: Handle,
  stored: Row<typeof refreshes> | null,
): Promise<{ session: Row<typeof sessions>; user: Row<typeof users> }> {
  const session = stored && (await tx.get(sessions, stored.session))
  const user = session && (await tx.get(users, session.user))
  if (!user || !isOpen(session, clock.now(), settings) || isBanned(user, clock.now())) {
    throw sessionEnded()
  }
  return { session, user }
}
