import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { places, products } from '../../examples/shop/tables.ts'
import { type FreshDatabase, shared } from './databases.ts'
import { openShop, productId } from './open-shop.ts'
import { type Answer, buy, post, type ShopProcess, signInAt, startShop } from './shop-process.ts'

const CLIENTS = 4

describe.each(shared)('a stampede to a shop of two processes on $name', (database) => {
  let fresh: FreshDatabase
  let servers: ShopProcess[] = []
  let place: string
  let flag: string
  let tableFlag: string
  let map: string

  beforeAll(async () => {
    fresh = await database.fresh()
    const app = await openShop({ database: fresh.address })
    flag = await productId(app, 'FL-FRA')
    tableFlag = await productId(app, 'TF-FRA')
    map = await productId(app, 'WM-FRA')
    await app.database.system.update(products, map, { stock: 1000 })
    const paris = await app.database.system.first(places, { where: { name: 'Paris' } })
    place = paris?.id ?? ''
    await app.close()
    servers = await Promise.all([startShop(fresh.address), startShop(fresh.address)])
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await fresh.drop()
  })

  const urlOf = (client: number) => servers[client % servers.length]?.url ?? ''

  async function buyer(client: number, name: string): Promise<{ token: string; address: string }> {
    const url = urlOf(client)
    const token = await signInAt(url, `${name}@example.com`)
    const json = { recipient: 'A Person', street: 'Rue 1', postcode: '75001', place }
    const { id } = await post<{ id: string }>(url, '/addresses', json, token)
    return { token, address: id }
  }

  const stockOf = async (sku: string) =>
    Number((await fresh.read(`SELECT stock FROM products WHERE sku = '${sku}'`))[0]?.[0])

  test('[ASVS 2.3.4] sells 10 to 500 checkouts from four processes', async () => {
    const clients = Array.from({ length: CLIENTS }, (_, at) => at)
    const buyers = await Promise.all(clients.map((at) => buyer(at, `buyer${at}`)))
    const runs = buyers.map(({ token, address }, at) =>
      buy(urlOf(at), {
        token,
        times: 125,
        body: { address, lines: [{ product: flag, quantity: 1 }] },
      }),
    )
    const answers = (await Promise.all(runs)).flat()
    expect(kindsOf(answers)).toEqual({ sold: 10, '409 sold_out': 490 })
    expect((await fresh.read('SELECT id FROM orders')).length).toBe(10)
    expect(await stockOf('FL-FRA')).toBe(0)
  })

  test('sends nobody away of 200 at once while there is enough', async () => {
    const clients = Array.from({ length: CLIENTS }, (_, at) => at)
    const buyers = await Promise.all(clients.map((at) => buyer(at, `visitor${at}`)))
    const runs = buyers.map(({ token, address }, at) =>
      buy(urlOf(at), {
        token,
        times: 50,
        body: { address, lines: [{ product: map, quantity: 2 }] },
      }),
    )
    const answers = (await Promise.all(runs)).flat()
    expect(kindsOf(answers)).toEqual({ sold: 200 })
    expect(await stockOf('WM-FRA')).toBe(600)
  })

  test('[ASVS 15.4.2] places one order for 100 times the same key', async () => {
    const { token, address } = await buyer(0, 'once')
    const body = { address, lines: [{ product: tableFlag, quantity: 1 }] }
    const runs = Array.from({ length: CLIENTS }, (_, at) =>
      buy(urlOf(at), { token, times: 25, body, key: '"the-one"' }),
    )
    const answers = (await Promise.all(runs)).flat()
    expect(answers).toHaveLength(100)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(await stockOf('TF-FRA')).toBe(4)
  })

  test('sells the last ones to one key, however often it asks', async () => {
    const { token, address } = await buyer(1, 'last')
    const body = { address, lines: [{ product: tableFlag, quantity: 4 }] }
    const runs = Array.from({ length: CLIENTS }, (_, at) =>
      buy(urlOf(at), { token, times: 25, body, key: '"the-last"' }),
    )
    const answers = (await Promise.all(runs)).flat()
    expect(kindsOf(answers)).toEqual({ sold: 100 })
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect(await stockOf('TF-FRA')).toBe(0)
  })
})

/** How often each outcome was met. */
function kindsOf(answers: readonly Answer[]): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const { status, code } of answers) {
    const kind = status === 201 ? 'sold' : `${status} ${code}`
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}
