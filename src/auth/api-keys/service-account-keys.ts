import * as v from 'valibot'
import { defineOperation } from '../../http/index.ts'
import { sessionNotFound } from '../errors.ts'
import { apiKeys } from './api-keys-table.ts'
import { assertGivable, MOST_KEYS } from './issue-key.ts'
import type { ApiKeyOperations, KeyServices } from './operations.ts'
import { assertInPerson, demandOwnFresh, manages } from './service-accounts.ts'
import { serviceAccounts } from './service-accounts-table.ts'
import { apiKeyInput, apiKeyView, newApiKey, toApiKeyView } from './wire.ts'

type Tree = ApiKeyOperations['serviceAccounts']['keys']

const tags = ['auth']
const params = v.object({ id: v.string() })

/** Makes the operation `GET /auth/service-accounts/:id/keys`. */
export function listAccountKeys({ database }: KeyServices): Tree['list'] {
  return defineOperation()({
    method: 'GET',
    path: '/auth/service-accounts/:id/keys',
    summary: 'List the keys of a service account',
    tags,
    guard: manages,
    params,
    responses: { 200: v.object({ items: v.array(apiKeyView) }) },
    errors: { 404: ['not_found'] },
    handler: async ({ params: { id }, trace, signal }) => {
      const db = database.systemIn({ trace, signal })
      if (!(await db.get(serviceAccounts, id))) throw sessionNotFound()
      const { items } = await db.list(apiKeys, {
        where: { serviceAccount: id },
        orderBy: { createdAt: 'desc' },
        limit: MOST_KEYS,
      })
      return { status: 200, body: { items: items.map(toApiKeyView) } }
    },
  })
}

/**
 * Makes the operation `POST /auth/service-accounts/:id/keys`. Whoever makes a key could use it: the caller
 * has all permissions of the account.
 */
export function createAccountKey(services: KeyServices): Tree['create'] {
  const { database, report, issueKey } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/service-accounts/:id/keys',
    summary: 'Make a key for a service account',
    description: 'Shows the key, once.',
    tags,
    guard: manages,
    transaction: false,
    params,
    body: apiKeyInput,
    responses: { 201: newApiKey },
    errors: {
      401: ['insufficient_authentication'],
      404: ['not_found'],
      409: ['too_many_keys'],
    },
    handler: async ({ params: { id }, body, actor, principal, incoming, trace, signal }) => {
      const made = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        await demandOwnFresh(services, tx, principal)
        const account = await tx.get(serviceAccounts, id)
        if (!account || account.disabledAt !== null) throw sessionNotFound()
        const { permissions } = account
        assertGivable(body.scopes ?? permissions, { by: actor, of: permissions, at: 'scopes' })
        const issued = await issueKey(tx, { user: null, serviceAccount: id }, body)
        const facts = { user: actor.id, address: incoming.address }
        report('auth.key_created', { ...facts, reason: `key ${issued.apiKey.id}` }, { trace }, tx)
        return issued
      })
      return { status: 201, body: made }
    },
  })
}

/** Makes the operation `DELETE /auth/service-accounts/:id/keys/:key`. */
export function revokeAccountKey({ database, report }: KeyServices): Tree['revoke'] {
  return defineOperation()({
    method: 'DELETE',
    path: '/auth/service-accounts/:id/keys/:key',
    summary: 'Revoke a key of a service account',
    tags,
    guard: manages,
    transaction: false,
    params: v.object({ id: v.string(), key: v.string() }),
    responses: { 204: null },
    errors: { 404: ['not_found'] },
    handler: async ({ params: { id, key }, actor, principal, incoming, trace, signal }) => {
      assertInPerson(principal)
      await database.systemIn({ trace, signal }).transaction(async (tx) => {
        if (!(await tx.delete(apiKeys, key, { serviceAccount: id }))) throw sessionNotFound()
        const facts = { user: actor.id, address: incoming.address }
        report('auth.key_revoked', { ...facts, reason: `key ${key}` }, { trace }, tx)
      })
      return { status: 204 }
    },
  })
}
