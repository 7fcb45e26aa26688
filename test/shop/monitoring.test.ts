import { fromRequest } from 'plinth/http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { monitoring } from '../../examples/shop/monitoring.ts'
import {
  addAddress,
  customer,
  nobody,
  openShop,
  productId,
  send,
  staffMember,
} from './open-shop.ts'

describe('the audit log of the shop', () => {
  test('tells staff who moved an order along', async () => {
    const app = await openShop()
    onTestFinished(() => app.close())
    const ada = await customer(app, 'ada')
    const staff = await staffMember(app)
    const lines = [{ product: await productId(app, 'FL-FRA'), quantity: 1 }]
    const json = { address: await addAddress(app, ada), lines }
    const placed = await send<{ id: string }>(ada, '/orders', { json })
    const path = `/orders/${placed.body.id}/status`
    expect((await send(staff, path, { json: { status: 'paid' } })).status).toBe(200)

    const read = await send<{ items: unknown[] }>(staff, '/audit?table=orders')
    expect(read).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            event: 'row.update',
            row: placed.body.id,
            kind: 'user',
            before: { status: 'placed' },
            after: { status: 'paid' },
          },
        ],
      },
    })
    expect((await send(ada, '/audit')).status).toBe(403)
    expect((await send(nobody(app), '/audit')).status).toBe(401)
    expect(await app.audit?.verify()).toMatchObject({ ok: true, findings: [] })
  })
})

test('the shop’s own machine sees it at work, and nobody else', async () => {
  const app = await openShop({ monitor: { ...monitoring, logs: false } })
  onTestFinished(() => app.close())
  for (const path of ['/dashboard', '/metrics']) {
    expect((await nobody(app).fetch(path)).status).toBe(403)
    const request = new Request(`http://localhost:3000${path}`)
    expect((await app.handle(fromRequest(request, { address: '127.0.0.1' }))).status).toBe(200)
  }
})
