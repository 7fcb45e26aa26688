import type { Visitor } from 'plinth/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { orderLines, orders, places, products } from '../../examples/shop/tables.ts'
import { databases, type FreshDatabase } from './databases.ts'
import {
  addAddress,
  customer,
  openShop,
  productId,
  restock,
  type Shop,
  send,
  staffMember,
  stockOf,
} from './open-shop.ts'

interface OrderBody {
  id: string
  status: string
  total: number
}

describe.each(databases)('the orders of a shop on $name', (database) => {
  let app: Shop
  let fresh: FreshDatabase
  let ada: Visitor
  let bob: Visitor
  let staff: Visitor
  let address: string

  beforeAll(async () => {
    fresh = await database.fresh()
    app = await openShop({ database: fresh.address })
    ada = await customer(app, 'ada')
    bob = await customer(app, 'bob')
    staff = await staffMember(app)
  })
  beforeEach(async () => {
    await restock(app)
    address = await addAddress(app, ada)
  })
  afterAll(async () => {
    await app?.close()
    await fresh.drop()
  })

  async function order(
    visitor: Visitor,
    lines: Record<string, number>,
    headers: Record<string, string> = {},
  ) {
    const wanted = await Promise.all(
      Object.entries(lines).map(async ([sku, quantity]) => ({
        product: await productId(app, sku),
        quantity,
      })),
    )
    return send<OrderBody>(visitor, '/orders', { json: { address, lines: wanted }, headers })
  }

  test('takes stock and totals at the prices of the shop', async () => {
    const placed = await order(ada, { 'FL-FRA': 2, 'TF-FRA': 3 })
    expect(placed.status).toBe(201)
    expect(placed.body).toMatchObject({
      status: 'placed',
      total: 2 * 1990 + 3 * 690,
      currency: 'EUR',
    })
    expect(await stockOf(app, 'FL-FRA')).toBe(8)
    const shown = await send<{ lines: unknown[] }>(ada, `/orders/${placed.body.id}`)
    expect(shown.body.lines).toHaveLength(2)
  })

  test('adds up amounts of one currency only', async () => {
    const { system } = app.database
    await system.update(products, await productId(app, 'TF-FRA'), { currency: 'USD' })
    expect(await order(ada, { 'TF-FRA': 1 })).toMatchObject({
      status: 201,
      body: { total: 690, currency: 'USD' },
    })
    expect(await order(ada, { 'FL-FRA': 1, 'TF-FRA': 1 })).toMatchObject({
      status: 422,
      body: { code: 'mixed_currencies' },
    })
    expect(await stockOf(app, 'FL-FRA')).toBe(10)
  })

  test('[ASVS 2.3.3] takes no stock of any line when one is sold out', async () => {
    const refused = await order(ada, { 'FL-FRA': 2, 'WM-FRA': 1 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'sold_out' } })
    expect(await stockOf(app, 'FL-FRA')).toBe(10)
    expect(await app.database.system.count(orders)).toBe(0)
    expect(await app.database.system.count(orderLines)).toBe(0)
  })

  test('[ASVS 15.3.3] [family 9] refuses prices, totals and owners that a customer sends', async () => {
    const product = await productId(app, 'FL-FRA')
    const bodies = [
      { address, lines: [{ product, quantity: 1, unitPrice: 1 }] },
      { address, lines: [{ product, quantity: 1 }], total: 1 },
      { address, lines: [{ product, quantity: 1 }], owner: 'somebody' },
      { address, lines: [{ product, quantity: -1 }] },
      { address, lines: [{ product, quantity: 1.5 }] },
      { address, lines: [] },
      {
        address,
        lines: [
          { product, quantity: 1 },
          { product, quantity: 1 },
        ],
      },
    ]
    for (const json of bodies) expect((await send(ada, '/orders', { json })).status).toBe(422)
    expect(await stockOf(app, 'FL-FRA')).toBe(10)
  })

  test('[ASVS 8.2.2] delivers to no address of somebody else', async () => {
    expect(await order(bob, { 'FL-FRA': 1 })).toMatchObject({
      status: 422,
      body: { code: 'unknown_address' },
    })
  })

  test('shows customers their own orders only', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    expect((await send<{ items: unknown[] }>(ada, '/orders')).body.items).toHaveLength(1)
    expect((await send<{ items: unknown[] }>(bob, '/orders')).body.items).toHaveLength(0)
    const foreign = await bob.fetch(`/orders/${body.id}`)
    const missing = await bob.fetch(
      `/orders/${body.id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))}`,
    )
    expect(foreign.status).toBe(404)
    expect(await foreign.text()).toBe(await missing.text())
    // The trace of a request is its own, and says nothing of rows.
    for (const { headers } of [foreign, missing]) headers.delete('traceparent')
    expect([...foreign.headers]).toEqual([...missing.headers])
  })

  test('[ASVS 2.3.1] lets staff move an order along legal moves only', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    const move = (status: string) =>
      send<OrderBody>(staff, `/orders/${body.id}/status`, { json: { status } })
    expect(await move('shipped')).toMatchObject({
      status: 409,
      body: { code: 'illegal_move', from: 'placed' },
    })
    for (const status of ['paid', 'packed', 'shipped', 'delivered']) {
      expect(await move(status)).toMatchObject({ status: 200, body: { status } })
    }
    expect(await move('cancelled')).toMatchObject({ status: 409, body: { code: 'illegal_move' } })
    expect((await move('gone')).status).toBe(422)
  })

  test('[ASVS 2.3.2] puts stock back when an order is cancelled, once', async () => {
    const { body } = await order(ada, { 'FL-FRA': 4 })
    const cancel = () => send(ada, `/orders/${body.id}/cancel`, { method: 'POST' })
    const answers = await Promise.all([cancel(), cancel(), cancel()])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(await stockOf(app, 'FL-FRA')).toBe(10)
  })

  test('[ASVS 2.3.2] lets customers cancel only what is not paid yet', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    await send(staff, `/orders/${body.id}/status`, { json: { status: 'paid' } })
    expect(await send(ada, `/orders/${body.id}/cancel`, { method: 'POST' })).toMatchObject({
      status: 409,
      body: {
        code: 'staff_only',
        detail: 'An order that is paid can be cancelled by the staff of the shop only.',
      },
    })
    expect((await send<OrderBody>(ada, `/orders/${body.id}`)).body.status).toBe('paid')
  })

  test('lets no customer move an order or change a product', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    const moved = await send(ada, `/orders/${body.id}/status`, { json: { status: 'paid' } })
    const product = await productId(app, 'FL-FRA')
    const priced = await send(ada, `/products/${product}`, { method: 'PATCH', json: { price: 1 } })
    const removed = await send(ada, `/products/${product}`, { method: 'DELETE' })
    expect([moved.status, priced.status, removed.status]).toEqual([403, 403, 403])
  })

  test('lets staff manage the catalogue', async () => {
    const json = {
      sku: 'FL-BRA',
      name: 'Brasil: flâg',
      country: 'BR',
      price: 100,
      currency: 'EUR',
      stock: 1,
    }
    const created = await send<{ id: string }>(staff, '/products', { json })
    expect(created.status).toBe(201)
    expect((await send(staff, '/products', { json })).status).toBe(409)
    const path = `/products/${created.body.id}`
    expect(await send(staff, path, { method: 'PATCH', json: { price: 200 } })).toMatchObject({
      status: 200,
      body: { price: 200 },
    })
    const found = await send<{ items: { sku: string }[] }>(ada, '/products?q=BRASIL%3A%20flag')
    expect(found.body.items.map(({ sku }) => sku)).toEqual(['FL-BRA'])
    expect((await send(staff, path, { method: 'DELETE' })).status).toBe(204)
  })

  test('keeps an order as it was when its address changes', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    await send(ada, `/addresses/${address}`, { method: 'PATCH', json: { street: 'Elsewhere 2' } })
    const shown = await send<{ deliverTo: { street: string } }>(ada, `/orders/${body.id}`)
    expect(shown.body.deliverTo).toMatchObject({ street: 'Rue 1', city: 'Paris' })
  })

  test('answers the same key with the same order', async () => {
    const headers = { 'idempotency-key': '"checkout-1"' }
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => order(ada, { 'FL-FRA': 1 }, headers)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await stockOf(app, 'FL-FRA')).toBe(9)
    expect(await order(ada, { 'FL-FRA': 2 }, headers)).toMatchObject({ status: 422 })
  })

  test('[ASVS 2.3.4] sells exactly what there is to many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => order(ada, { 'FL-FRA': 1 })))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(
      answers
        .filter(({ status }) => status !== 201)
        .every(({ body }) => 'code' in body && body.code === 'sold_out'),
    ).toBe(true)
    expect(await stockOf(app, 'FL-FRA')).toBe(0)
  })

  test('shows an order with its lines and their products at once', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1, 'TF-FRA': 2 })
    const shown = await send<{ lines: { quantity: number; unitPrice: number; item: object }[] }>(
      ada,
      `/orders/${body.id}`,
    )
    expect(shown.body).toMatchObject({ id: body.id, status: 'placed', total: body.total })
    const lines = shown.body.lines.toSorted((a, b) => a.quantity - b.quantity)
    expect(lines).toMatchObject([
      { quantity: 1, unitPrice: 1990 },
      { quantity: 2, unitPrice: 690 },
    ])
    expect(lines.map(({ item }) => item)).toEqual(
      ['FL-FRA', 'TF-FRA'].map((sku) => {
        return { id: expect.any(String), sku, name: expect.any(String), country: 'FR' }
      }),
    )
  })

  test('shows customers their own addresses and orders at once', async () => {
    const { body } = await order(ada, { 'FL-FRA': 1 })
    type Account = { email: string; addresses: { id: string }[]; orders: { id: string }[] }
    const own = (await send<Account>(ada, '/overview')).body
    expect(own).toMatchObject({ email: 'ada@example.com' })
    expect(own.addresses.find(({ id }) => id === address)).toMatchObject({
      city: { name: 'Paris', nation: { name: 'Country FR' } },
    })
    expect(own.orders).toMatchObject([{ id: body.id, lines: [{ quantity: 1 }] }])
    for (const visitor of [bob, staff]) {
      const { body } = await send<Account>(visitor, '/overview')
      expect([body.addresses, body.orders]).toEqual([[], []])
    }
  })

  test('keeps the searched form of names inside', async () => {
    const product = await productId(app, 'FL-FRA')
    const patch = { method: 'PATCH', json: { price: 1990 } }
    const answers = await Promise.all([
      send(ada, '/products'),
      send(ada, `/products/${product}`),
      send(staff, `/products/${product}`, patch),
      send(ada, '/places'),
      send(ada, `/places/${await placeId()}`),
      send(ada, '/overview'),
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('"search"')
    const set = { method: 'PATCH', json: { search: 'x' } }
    expect((await send(staff, `/products/${product}`, set)).status).toBe(422)
  })

  test('finds a product by its new name when it was renamed', async () => {
    const path = `/products/${await productId(app, 'FL-FRA')}`
    await send(staff, path, { method: 'PATCH', json: { name: 'Tricolôre' } })
    const found = await send<{ items: { sku: string }[] }>(ada, '/products?q=tricolore')
    expect(found.body.items.map(({ sku }) => sku)).toEqual(['FL-FRA'])
    expect((await send(ada, '/products?q=france%3A%20flag')).body).toMatchObject({ items: [] })
  })

  test('refuses a change of a product that was sold meanwhile', async () => {
    const path = `/products/${await productId(app, 'FL-FRA')}`
    const { version } = (await send<{ version: number }>(staff, path)).body
    await order(ada, { 'FL-FRA': 1 })
    const stale = await send(staff, path, { method: 'PATCH', json: { stock: 100, version } })
    expect(stale.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(stale).toMatchObject({
      status: 409,
      body: { code: 'version_conflict', expected: version },
    })
    expect(await stockOf(app, 'FL-FRA')).toBe(9)
    const json = {
      stock: 100,
      version: (await send<{ version: number }>(staff, path)).body.version,
    }
    expect((await send(staff, path, { method: 'PATCH', json })).status).toBe(200)
    expect(await stockOf(app, 'FL-FRA')).toBe(100)
  })

  test('[ASVS 2.3.1] [ASVS 15.4.2] makes one of many moves of an order at once', async () => {
    const { body } = await order(ada, { 'FL-FRA': 3 })
    const json = { status: 'cancelled' }
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        at % 2 === 0
          ? send(staff, `/orders/${body.id}/status`, { json })
          : send(ada, `/orders/${body.id}/cancel`, { method: 'POST' }),
      ),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(11)
    expect(new Set(refused.map(({ body }) => body['code']))).toEqual(new Set(['illegal_move']))
    expect(await stockOf(app, 'FL-FRA')).toBe(10)
  })

  test('sells and takes back in any order at once', async () => {
    await app.database.system.updateMany(products, {}, { stock: 1000 })
    const skus = ['FL-FRA', 'TF-FRA', 'WM-FRA']
    const placed = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => {
        const lines = at % 2 === 0 ? skus : skus.toReversed()
        const placing = await order(ada, Object.fromEntries(lines.map((sku) => [sku, 1])))
        if (at % 3 > 0) return placing.status
        const path = `/orders/${placing.body.id}/cancel`
        return (await send(ada, path, { method: 'POST' })).status
      }),
    )
    expect(new Set(placed)).toEqual(new Set([200, 201]))
    for (const sku of skus) expect(await stockOf(app, sku)).toBe(980)
  })

  const placeId = async () => (await app.database.system.first(places, {}))?.id ?? ''
})
