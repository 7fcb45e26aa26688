import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { notLinked } from './errors.ts'
import { identities } from './identities-table.ts'
import {
  type OAuthServices,
  type OneProvider,
  type ProviderOperations,
  pathOf,
} from './operations.ts'

const tags = ['auth']

/** Makes the operation that lists identities: the same for all providers, whichever makes it last. */
export function listIdentities({
  database,
}: AuthServices): ProviderOperations['identities']['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/identities',
    summary: 'List own identities at providers',
    tags,
    responses: {
      200: v.object({
        items: v.array(
          v.object({
            provider: v.string(),
            email: v.nullable(v.string()),
            createdAt: v.date(),
            usedAt: v.date(),
          }),
        ),
      }),
    },
    handler: async ({ actor, trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(identities, {
        where: { user: actor.id },
        select: ['provider', 'email', 'createdAt', 'usedAt'],
        orderBy: { createdAt: 'asc' },
      })
      return { status: 200, body: { items } }
    },
  })
}

/** Makes the operation that unlinks a provider. What it let in elsewhere ends with it. */
export function unlink(services: OAuthServices): OneProvider['unlink'] {
  const { database, provider, signIn, accounts, courier, clock, report } = services
  return defineOperation()({
    method: 'DELETE',
    path: pathOf(provider),
    summary: `Unlink ${provider.name}`,
    description: 'Ends all other sessions.',
    tags,
    transaction: false,
    responses: { 204: null },
    errors: {
      401: ['insufficient_authentication'],
      404: ['not_found'],
      409: ['last_way_in'],
    },
    handler: async ({ actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!isOwnSession(principal)) throw sessionEnded()
      const db = database.systemIn(scope)
      await signIn.demandFresh(db, principal)
      await db.transaction(async (tx) => {
        const owner = await tx.get(users, actor.id)
        const linked = await tx.first(identities, {
          where: { user: actor.id, provider: provider.name },
        })
        if (!owner || !linked) throw notLinked()
        await accounts.assertOtherWayIn(tx, actor.id)
        if (!(await tx.delete(identities, linked.id))) throw notLinked()
        await accounts.endAccess(tx, actor.id, { except: principal.sessionId })
        const occasion = occasionOf(incoming, clock.now())
        const notice = { kind: 'changed', change: 'sign-in provider unlinked', occasion } as const
        courier.mail(tx, owner.email, notice)
        const reason = `oidc:${provider.name}`
        const facts = { user: actor.id, address: incoming.address, reason }
        report('auth.factor_removed', facts, scope, tx)
      })
      return { status: 204 }
    },
  })
}
