import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shop } from '../../examples/shop/shop.ts'
import { orders, places, products } from '../../examples/shop/tables.ts'
import { openShop, productId, stockOf } from './open-shop.ts'
import {
  buy,
  post,
  type ShopProcess,
  signInAt,
  startShop,
  temporaryFolder,
} from './shop-process.ts'

const CLIENTS = 4
let folder: string
let file: string
let server: ShopProcess
let place: string
let flag: string
let tableFlag: string

beforeAll(async () => {
  folder = await temporaryFolder()
  file = join(folder, 'shop.db')
  const app = await openShop({ file })
  flag = await productId(app, 'FL-FRA')
  tableFlag = await productId(app, 'TF-FRA')
  const paris = await app.database.system.first(places, { where: { search: 'paris' } })
  place = paris?.id ?? ''
  await app.close()
  server = await startShop(file)
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function buyer(email: string): Promise<{ token: string; address: string }> {
  const token = await signInAt(server.url, email)
  const json = { recipient: 'A Person', street: 'Rue 1', postcode: '75001', place }
  const { id } = await post<{ id: string }>(server.url, '/addresses', json, token)
  return { token, address: id }
}

/** What is stored, read by a process of its own beside the running shop. */
async function stored<T>(read: (app: Awaited<ReturnType<typeof shop>>) => Promise<T>): Promise<T> {
  const app = await shop({ file, monitor: { logs: false } })
  try {
    return await read(app)
  } finally {
    await app.close()
  }
}

test('sells 10 to 500 checkouts from four processes', async () => {
  const buyers = await Promise.all(
    Array.from({ length: CLIENTS }, (_, at) => buyer(`buyer${at}@example.com`)),
  )
  const runs = buyers.map(({ token, address }) =>
    buy(server.url, {
      token,
      times: 125,
      body: { address, lines: [{ product: flag, quantity: 1 }] },
    }),
  )
  const answers = (await Promise.all(runs)).flat()
  const sold = answers.filter(({ status }) => status === 201)
  expect(answers).toHaveLength(500)
  expect(sold).toHaveLength(10)
  expect(
    new Set(
      answers
        .filter((answer) => !sold.includes(answer))
        .map(({ status, code }) => `${status} ${code}`),
    ),
  ).toEqual(new Set(['409 sold_out']))
  expect(await stored((app) => app.database.system.count(orders))).toBe(10)
  expect(await stored((app) => stockOf(app, 'FL-FRA'))).toBe(0)
})

test('places one order for 100 times the same key', async () => {
  const { token, address } = await buyer('once@example.com')
  const body = { address, lines: [{ product: tableFlag, quantity: 1 }] }
  const runs = Array.from({ length: CLIENTS }, () =>
    buy(server.url, { token, times: 25, body, key: '"the-one"' }),
  )
  const answers = (await Promise.all(runs)).flat()
  expect(answers).toHaveLength(100)
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]?.status).toBe(201)
  const placed = await stored((app) =>
    app.database.system.list(products, { where: { sku: 'TF-FRA' } }),
  )
  expect(placed.items[0]?.stock).toBe(4)
})
