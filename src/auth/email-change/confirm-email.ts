import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { defineOperation, type Incoming } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { invalidToken, sessionEnded } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import type { OpenGrant } from '../secrets/one-time.ts'
import { tokenSchema } from '../secrets/wire.ts'
import { toUserView, userView } from '../session/wire.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { EMAIL, type EmailChangeOperations } from './operations.ts'

/**
 * Makes the operation `POST /auth/email/confirm`. It takes the link and a session of the account: who
 * confirms is the one who asked, so nothing of the account is dropped when its address was unproved.
 */
export function confirmEmail(services: AuthServices): EmailChangeOperations['confirmEmail'] {
  const { database, clock, gate, secrets, accounts, report } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/email/confirm',
    summary: 'Confirm an e-mail address',
    description: 'Ends all other sessions of the account.',
    tags: ['auth'],
    transaction: false,
    body: v.object({ token: tokenSchema }),
    responses: { 200: v.object({ user: userView }) },
    errors: { 400: ['invalid_token'], 429: ['rate_limited'] },
    handler: async ({ body: { token }, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!isOwnSession(principal)) throw sessionEnded()
      const purpose = 'email_confirm'
      const attempt = await gate.pass({ purpose, account: actor.id, incoming }, scope)
      const changed = await database.systemIn(scope).transaction(async (tx) => {
        await holdSession(tx, principal)
        const grant = await secrets.spend(tx, EMAIL, token)
        // Thrown and so taken back: in the session of another account a link is not lost.
        if (grant?.user !== actor.id) throw invalidToken()
        const { user, from } = await change(tx, grant, clock.now())
        await accounts.endAccess(tx, actor.id, { except: principal.sessionId })
        await gate.forgive(tx, attempt)
        tell(services, tx, { user, from, incoming })
        const event = from === user.email ? 'auth.email_verified' : 'auth.email_changed'
        report(event, { user: user.id, address: incoming.address }, scope, tx)
        return user
      })
      return { status: 200, body: { user: toUserView(changed) } }
    },
  })
}

interface Changed {
  readonly user: Row<typeof users>
  /** The address before. */
  readonly from: string
}

/** Only if the address still is the one that was to be changed, and the new one is free. */
async function change(
  tx: Handle,
  { user: id, subject, payload }: OpenGrant,
  now: number,
): Promise<Changed> {
  const from = String(payload['from'])
  const proved = { email: String(subject), emailVerifiedAt: new Date(now) }
  try {
    const user = await tx.transaction((inner) =>
      inner.update(users, String(id), proved, { email: from }),
    )
    if (user) return { user, from }
  } catch (error) {
    if (!(error instanceof PlinthError && error.code === 'conflict')) throw error
  }
  throw invalidToken()
}

function tell(
  { clock, courier }: AuthServices,
  tx: Handle,
  { user, from, incoming }: Changed & { readonly incoming: Incoming },
): void {
  if (from === user.email) return
  const occasion = occasionOf(incoming, clock.now())
  const notice = { kind: 'changed', change: 'e-mail address changed', occasion } as const
  for (const to of [from, user.email]) courier.mail(tx, to, notice)
}
