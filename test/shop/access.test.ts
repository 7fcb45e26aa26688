import type { Visitor } from 'plinth/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases, type FreshDatabase } from './databases.ts'
import {
  addAddress,
  customer,
  nobody,
  openShop,
  productId,
  type Shop,
  send,
  staffMember,
} from './open-shop.ts'

/** Operations that anybody may call; every other one needs a session. */
const PUBLIC = [
  'auth.passkeySecondFactor.confirm',
  'auth.passkeySecondFactor.options',
  'auth.passkeySignIn.confirm',
  'auth.passkeySignIn.options',
  'auth.recoveryCodes.verify',
  'auth.signIn',
  'auth.signOut',
  'auth.signUp',
  'auth.totp.verify',
  'health',
  'places.get',
  'places.list',
  'products.get',
  'products.list',
  'ready',
]

const MISSING = '018f0000-0000-7000-8000-000000000000'

const BODIES = new Map<string, unknown>([
  ['addresses.update', { street: 'Elsewhere 1' }],
  ['orders.move', { status: 'paid' }],
])

describe.each(databases)('who reaches a shop on $name', (database) => {
  let app: Shop
  let fresh: FreshDatabase
  let ada: Visitor
  let bob: Visitor
  /** Rows of Ada's, by the path they are found at. */
  const rows = new Map<string, string>()

  beforeAll(async () => {
    fresh = await database.fresh()
    app = await openShop({ database: fresh.address })
    ada = await customer(app, 'ada')
    bob = await customer(app, 'bob')
    const address = await addAddress(app, ada)
    const { body: stored } = await send<Record<string, unknown>>(ada, `/addresses/${address}`)
    const { recipient, street, postcode, place } = stored
    BODIES.set('addresses.replace', { recipient, street, postcode, place })
    const lines = [{ product: await productId(app, 'FL-FRA'), quantity: 1 }]
    const order = await send<{ id: string }>(ada, '/orders', { json: { address, lines } })
    const { body } = await send<{ items: { id: string }[] }>(ada, '/auth/sessions')
    rows.set('/addresses/:id', address)
    rows.set('/orders/:id', order.body.id)
    rows.set('/orders/:id/cancel', order.body.id)
    rows.set('/orders/:id/status', order.body.id)
    rows.set('/auth/sessions/:id', body.items[0]?.id ?? '')
  })
  afterAll(async () => {
    await app?.close()
    await fresh.drop()
  })

  async function operations(): Promise<[name: string, method: string, path: string][]> {
    const { body } = await send<Record<string, [string, string]>>(nobody(app), '/operations.json')
    return Object.entries(body).map(([name, [method, path]]) => [name, method, path])
  }

  test('[ASVS 8.3.1] answers 401 to everything that needs a session', async () => {
    const open: string[] = []
    for (const [name, method, path] of await operations()) {
      const answer = await nobody(app).fetch(path.replace(':id', MISSING), { method })
      if (answer.status !== 401) open.push(name)
      else expect(await answer.json()).toMatchObject({ code: 'unauthenticated', status: 401 })
    }
    expect(open.sort()).toEqual(PUBLIC)
  })

  test('[ASVS 8.2.2] answers 404 alike for a foreign and a missing row', async () => {
    const found: string[] = []
    const staff = await staffMember(app)
    for (const [name, method, path] of await operations()) {
      const id = rows.get(path)
      if (id === undefined) continue
      // Staff may see every order, but nobody's address or session.
      const stranger = path.endsWith('/status') ? staff : bob
      const json = method === 'GET' || method === 'DELETE' ? undefined : BODIES.get(name)
      const ask = async (target: string) => {
        const response = await stranger.fetch(path.replace(':id', target), {
          method,
          json,
        })
        response.headers.delete('traceparent')
        return {
          status: response.status,
          headers: [...response.headers],
          body: await response.text(),
        }
      }
      const missing = await ask(MISSING)
      expect([name, missing.status]).toEqual([name, 404])
      if (stranger === bob) expect([name, await ask(id)]).toEqual([name, missing])
      found.push(name)
    }
    expect(found.sort()).toEqual([
      'addresses.delete',
      'addresses.get',
      'addresses.replace',
      'addresses.update',
      'auth.sessions.revoke',
      'orders.cancel',
      'orders.get',
      'orders.move',
    ])
  })
})
