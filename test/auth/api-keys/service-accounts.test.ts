import { apiKeys, users } from 'plinth/auth'
import { defineOperation, permission } from 'plinth/http'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { type AuthApp, BOB, enter, openApp } from '../app.ts'

const permissions = {
  staff: ['orders:read', 'orders:refund', 'service-accounts:manage'],
  clerk: ['orders:read', 'service-accounts:manage'],
}

const orders = defineOperation()({
  method: 'GET',
  path: '/orders',
  guard: permission('orders:read'),
  responses: { 200: v.object({ actor: v.unknown(), principal: v.unknown() }) },
  handler: ({ actor, principal }) => ({ status: 200, body: { actor, principal } }),
})

const opened = () => openApp({ features: [apiKeys()], permissions }, { operations: { orders } })

async function memberOf(app: AuthApp, roles: string[], account?: typeof BOB) {
  const { headers, user } = await enter(app, account)
  await app.database.system.update(users, user.id, { roles })
  const send = (path: string, json?: object, method = json ? 'POST' : 'GET') =>
    app.send(path, { method, json, headers })
  return { headers, user, send }
}

/** A service account with a key, made by a member of staff. */
async function botOf(app: AuthApp, names = ['orders:read', 'orders:refund']) {
  const staff = await memberOf(app, ['staff'])
  const made = await staff.send('/auth/service-accounts', { name: 'bot', permissions: names })
  const path = `/auth/service-accounts/${made.json.id}`
  const { json } = await staff.send(`${path}/keys`, { name: 'first' })
  return { staff, account: made.json, path, key: json.key as string, apiKey: json.apiKey }
}

const get = (app: AuthApp, path: string, key: string) =>
  app.send(path, { headers: { authorization: `Bearer ${key}` } })

it('acts as itself, with its own permissions', async () => {
  const app = await opened()
  const { account, key } = await botOf(app)
  const { json } = await get(app, '/orders', key)
  expect(json.actor).toEqual({ id: account.id, roles: [], permissions: account.permissions })
  expect(json.principal.kind).toBe('key')
})

it('is limited further by the scopes of a key', async () => {
  const app = await opened()
  const { staff, path } = await botOf(app)
  const { json } = await staff.send(`${path}/keys`, { name: 'x', scopes: ['orders:refund'] })
  expect((await get(app, '/orders', json.key)).status).toBe(403)
  expect((await staff.send(`${path}/keys`, { name: 'x', scopes: ['payroll'] })).status).toBe(422)
})

it('is not for those without the permission', async () => {
  const app = await opened()
  const { path, apiKey, key } = await botOf(app)
  const bob = await memberOf(app, [], BOB)
  const account = { name: 'x', permissions: ['orders:read'] }
  expect((await bob.send('/auth/service-accounts')).status).toBe(403)
  expect((await bob.send('/auth/service-accounts', account)).status).toBe(403)
  expect((await bob.send(`${path}/disable`, {})).status).toBe(403)
  expect((await bob.send(`${path}/keys`)).status).toBe(403)
  expect((await bob.send(`${path}/keys`, { name: 'x' })).status).toBe(403)
  const gone = await bob.send(`${path}/keys/${apiKey.id}`, undefined, 'DELETE')
  expect(gone.status).toBe(403)
  expect((await get(app, '/auth/service-accounts', key)).status).toBe(403)
})

it('[ASVS 8.2.1] gives nobody more than they have', async () => {
  const app = await opened()
  const { path } = await botOf(app)
  const clerk = await memberOf(app, ['clerk'], BOB)
  const account = { name: 'x', permissions: ['orders:refund'] }
  expect((await clerk.send('/auth/service-accounts', account)).status).toBe(422)
  expect((await clerk.send(`${path}/keys`, { name: 'x' })).status).toBe(422)
  const own = await clerk.send('/auth/service-accounts', {
    name: 'x',
    permissions: ['orders:read'],
  })
  expect(own.status).toBe(201)
})

it('is made by nobody but a person in a fresh session', async () => {
  const app = await opened()
  const { staff, path } = await botOf(app, ['service-accounts:manage', 'orders:read'])
  const { json } = await staff.send(`${path}/keys`, { name: 'manager' })
  const headers = { authorization: `Bearer ${json.key}` }
  const account = { name: 'x', permissions: ['orders:read'] }
  const made = await app.send('/auth/service-accounts', { json: account, headers })
  expect(made.status).toBe(401)
  expect((await app.send(`${path}/keys`, { json: { name: 'x' }, headers })).status).toBe(401)
  expect((await app.send('/auth/api-keys', { json: { name: 'x' }, headers })).status).toBe(401)
  app.clock.advance(16 * 60_000)
  const late = await staff.send('/auth/service-accounts', account)
  expect(late.json.code).toBe('insufficient_authentication')
})

it('is out on the very next request when disabled, and gets no keys', async () => {
  const app = await opened()
  const { staff, path, key } = await botOf(app)
  expect((await get(app, '/orders', key)).status).toBe(200)
  const disabled = await staff.send(`${path}/disable`, {})
  expect(disabled.json.disabledAt).toBe(new Date(app.clock.now()).toISOString())
  expect((await get(app, '/orders', key)).status).toBe(401)
  app.clock.advance(1000)
  expect((await staff.send(`${path}/disable`, {})).json).toEqual(disabled.json)
  expect((await staff.send(`${path}/keys`, { name: 'x' })).status).toBe(404)
})

it('has keys that are listed and revoked', async () => {
  const app = await opened()
  const { staff, path, key, apiKey } = await botOf(app)
  expect((await staff.send(`${path}/keys`)).json.items).toMatchObject([{ id: apiKey.id }])
  expect((await staff.send('/auth/service-accounts')).json.items).toHaveLength(1)
  const other = await staff.send('/auth/service-accounts', {
    name: 'other',
    permissions: ['orders:read'],
  })
  const foreign = `/auth/service-accounts/${other.json.id}/keys/${apiKey.id}`
  expect((await staff.send(foreign, undefined, 'DELETE')).status).toBe(404)
  const own = await staff.send(`${path}/keys/${apiKey.id}`, undefined, 'DELETE')
  expect(own.status).toBe(204)
  expect((await get(app, '/orders', key)).status).toBe(401)
})

it('is not found where there is none', async () => {
  const app = await opened()
  const { staff } = await botOf(app)
  for (const id of ['none', '00000000-0000-0000-0000-000000000000']) {
    const path = `/auth/service-accounts/${id}`
    expect((await staff.send(`${path}/keys`)).status).toBe(404)
    expect((await staff.send(`${path}/keys`, { name: 'x' })).status).toBe(404)
    expect((await staff.send(`${path}/disable`, {})).status).toBe(404)
  }
})
