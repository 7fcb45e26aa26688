import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { sessionEnded, sessionNotFound } from '../errors.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { apiKeys } from './api-keys-table.ts'
import { assertGivable, MOST_KEYS } from './issue-key.ts'
import type { ApiKeyOperations, KeyServices } from './operations.ts'
import { apiKeyInput, apiKeyView, newApiKey, toApiKeyView } from './wire.ts'

type Tree = ApiKeyOperations['apiKeys']

const tags = ['auth']

/** Makes the operation `GET /auth/api-keys`. */
export function listKeys({ database }: KeyServices): Tree['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/api-keys',
    summary: 'List own API keys',
    tags,
    responses: { 200: v.object({ items: v.array(apiKeyView) }) },
    handler: async ({ actor, trace, signal }) => {
      const { items } = await database.systemIn({ trace, signal }).list(apiKeys, {
        where: { user: actor.id },
        orderBy: { createdAt: 'desc' },
        limit: MOST_KEYS,
      })
      return { status: 200, body: { items: items.map(toApiKeyView) } }
    },
  })
}

/** Makes the operation `POST /auth/api-keys`. A key makes no keys, and neither does whoever acts as a user. */
export function createKey(services: KeyServices): Tree['create'] {
  const { database, clock, signIn, courier, report, issueKey, permissions } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/api-keys',
    summary: 'Make an API key',
    description: 'Shows the key, once. Without scopes it may do what its owner may.',
    tags,
    transaction: false,
    body: apiKeyInput,
    responses: { 201: newApiKey },
    errors: { 401: ['insufficient_authentication'], 409: ['too_many_keys'] },
    handler: async ({ body, actor, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const made = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        assertGivable(body.scopes, { by: actor, of: permissions, at: 'scopes' })
        const user = await tx.get(users, actor.id)
        if (!user) throw sessionEnded()
        const occasion = occasionOf(incoming, clock.now())
        courier.mail(tx, user.email, { kind: 'changed', change: 'API key made', occasion })
        const issued = await issueKey(tx, { user: actor.id, serviceAccount: null }, body)
        const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
        report('auth.key_created', { ...facts, reason: `key ${issued.apiKey.id}` }, { trace }, tx)
        return issued
      })
      return { status: 201, body: made }
    },
  })
}

/** Makes the operation `DELETE /auth/api-keys/:id`. The key opens nothing from the next request on. */
export function revokeKey({ database, report }: KeyServices): Tree['revoke'] {
  return defineOperation()({
    method: 'DELETE',
    path: '/auth/api-keys/:id',
    summary: 'Revoke an API key',
    tags,
    transaction: false,
    params: v.object({ id: v.string() }),
    responses: { 204: null },
    errors: { 404: ['not_found'] },
    handler: async ({ params: { id }, actor, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      await database.systemIn({ trace, signal }).transaction(async (tx) => {
        if (!(await tx.delete(apiKeys, id, { user: actor.id }))) throw sessionNotFound()
        const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
        report('auth.key_revoked', { ...facts, reason: `key ${id}` }, { trace }, tx)
      })
      return { status: 204 }
    },
  })
}
