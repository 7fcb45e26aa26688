import { expect } from 'vitest'
import { orderLines, orders, places, products } from '../../examples/shop/tables.ts'
import type { FreshDatabase, ShopDatabase } from './databases.ts'
import { openShop, productId } from './open-shop.ts'
import { post, signInAt, startShop } from './shop-process.ts'

const WRITERS = 8
const STOCK = 1_000_000

export interface Crash {
  readonly kills: number
  /** Milliseconds that a shop is left alone at least before it is killed. */
  readonly spared: number
}

/** Everything that a crashed shop must still be true to. */
interface Ledger {
  /** Orders that a client was told of. */
  readonly acknowledged: Set<string>
}

/**
 * Kills a shop so many times while clients write to it, and checks after each restart that every
 * acknowledged order is there, whole, and that stock and orders agree. Resolves to how many orders
 * were acknowledged.
 */
export async function crashShop(database: ShopDatabase, { kills, spared }: Crash): Promise<number> {
  const fresh = await database.fresh()
  const seeded = await openShop({ database: fresh.address })
  const { system } = seeded.database
  const product = await productId(seeded, 'FL-FRA')
  await system.update(products, product, { stock: STOCK })
  const place = (await system.first(places))?.id
  await seeded.close()

  const ledger: Ledger = { acknowledged: new Set() }
  let token: string | undefined
  let address = ''
  for (let kill = 0; kill < kills; kill += 1) {
    const server = await startShop(fresh.address)
    if (token === undefined) {
      token = await signInAt(server.url, 'ada@example.com')
      const json = { recipient: 'A', street: 'B', postcode: '1', place }
      address = (await post<{ id: string }>(server.url, '/addresses', json, token)).id
    }
    const body = { address, lines: [{ product, quantity: 1 }] }
    const writers = Array.from({ length: WRITERS }, () =>
      write(server.url, { body, token, ledger }),
    )
    await new Promise((resolve) => setTimeout(resolve, spared + ((kill * 61) % 300)))
    await server.kill()
    await Promise.all(writers)
    await check(fresh, ledger)
  }
  await fresh.drop()
  return ledger.acknowledged.size
}

/** Places orders one after another until the shop is gone. */
async function write(
  url: string,
  { body, token, ledger }: { body: unknown; token: string | undefined; ledger: Ledger },
) {
  try {
    for (;;) {
      const order = await post<{ id: string; status: string }>(url, '/orders', body, token)
      expect(order.status).toBe('placed')
      ledger.acknowledged.add(order.id)
    }
  } catch (error) {
    // The connection ends with the shop; anything else is a finding.
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error
  }
}

/** Looks at the rows themselves, past the library under test. */
async function check(fresh: FreshDatabase, { acknowledged }: Ledger): Promise<void> {
  const found = new Map<unknown, unknown[]>([
    ['order', []],
    ['line', []],
    ['stock', []],
  ])
  for (const [kind, value] of await fresh.read(SNAPSHOT)) found.get(kind)?.push(value)
  const [ids = [], lines = [], stock = []] = found.values()
  const known = new Set(ids)
  expect([...acknowledged].filter((id) => !known.has(id))).toEqual([])
  expect([...lines].sort()).toEqual([...ids].sort())
  expect(stock.map(Number)).toEqual([STOCK - ids.length])
}

/** One statement, and so one moment: what a killed shop had sent may still be under way. */
const SNAPSHOT = `
  SELECT 'order', CAST(id AS TEXT) FROM ${orders.name}
  UNION ALL SELECT 'line', CAST("order" AS TEXT) FROM ${orderLines.name}
  UNION ALL SELECT 'stock', CAST(stock AS TEXT) FROM ${products.name} WHERE sku = 'FL-FRA'`
