import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { emailSchema } from '../email.ts'
import { nameSchema } from '../name.ts'
import { onTheBeat } from '../on-the-beat.ts'
import { ACCEPTED, acceptedSchema } from '../secrets/wire.ts'
import { users } from '../users.ts'
import { MAGIC_LINK, type MagicLinkOperations, type MagicLinkServices } from './operations.ts'

/**
 * Makes the operation `POST /auth/magic-link`. An address that gets no link costs the same writes, for
 * one that nobody has.
 */
export function requestMagicLink(services: MagicLinkServices): MagicLinkOperations['magicLink'] {
  const { database, gate, secrets, courier, links, report, signUp, lifetime } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/magic-link',
    summary: 'Ask for a link to sign in',
    description: 'Answers alike whether or not a link is mailed.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({ email: emailSchema, name: v.optional(nameSchema) }),
    responses: { 202: acceptedSchema },
    errors: { 403: ['captcha_failed'], 429: ['rate_limited'] },
    handler: ({ body: { email, name = null }, incoming, trace, signal }) =>
      onTheBeat(async () => {
        const scope = { trace, signal }
        await gate.pass({ purpose: 'magic_link', account: email, incoming, people: true }, scope)
        await database.systemIn(scope).transaction(async (tx) => {
          const known = await tx.first(users, { where: { email } })
          const token = await secrets.issue(tx, {
            purpose: MAGIC_LINK,
            lifetime,
            user: known?.id ?? null,
            subject: email,
            payload: { name },
          })
          const notice = { link: links('magicLink', token), minutes: Math.floor(lifetime / 60_000) }
          courier.mail(tx, known || signUp ? email : null, { kind: 'magic-link', ...notice })
          const facts = { user: known?.id, address: incoming.address, reason: MAGIC_LINK }
          report('auth.code_requested', facts, scope, tx)
        })
        return { status: 202, body: ACCEPTED }
      }),
  })
}
