/** Placing an order: stock taken, prices from the shop, all in the request's one transaction. */

import type { Handle } from 'plinth/data'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { addresses, type Order, orderLines, orders, type Product, products } from './tables.ts'

/** Few enough for one page of a list. */
const MAX_LINES = 50

const quantity = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))

export const checkoutBody = v.strictObject({
  address: v.pipe(v.string(), v.uuid()),
  lines: v.pipe(
    v.array(v.strictObject({ product: v.pipe(v.string(), v.uuid()), quantity })),
    v.minLength(1),
    v.maxLength(MAX_LINES),
    v.check(
      (lines) => new Set(lines.map((line) => line.product)).size === lines.length,
      'Each product may be named once',
    ),
  ),
})
export type Checkout = v.InferOutput<typeof checkoutBody>

/** Places an order as the customer whose handle it is given. */
export async function placeOrder(db: Handle, { address, lines }: Checkout): Promise<Order> {
  const deliverTo = await deliveryTo(db, address)
  const taken: { product: Product; quantity: number }[] = []
  // In one order for everybody, so that two checkouts never wait for each other's products.
  for (const { product, quantity } of lines.toSorted((a, b) => (a.product < b.product ? -1 : 1))) {
    taken.push({ product: await takeStock(db, product, quantity), quantity })
  }
  const total = taken.reduce((sum, line) => sum + line.product.price * line.quantity, 0)
  const currency = currencyOf(taken.map(({ product }) => product))
  const order = await db.create(orders, { status: 'placed', deliverTo, total, currency })
  await db.createMany(
    orderLines,
    taken.map(({ product, quantity }) => ({
      order: order.id,
      product: product.id,
      name: product.name,
      unitPrice: product.price,
      quantity,
    })),
  )
  return order
}

/** Puts the stock of an order's lines back, as when it is cancelled. */
export async function returnStock(db: Handle, order: Order): Promise<void> {
  const { items } = await db.system.list(orderLines, {
    where: { order: order.id },
    orderBy: { product: 'asc' },
    limit: MAX_LINES,
  })
  for (const line of items) await changeStock(db, line.product, () => line.quantity)
}

/** Amounts of different currencies have no sum. */
function currencyOf(goods: readonly Product[]): string {
  const currencies = [...new Set(goods.map(({ currency }) => currency))]
  const [currency] = currencies
  if (currency !== undefined && currencies.length === 1) return currency
  const message = `Order ${currencies.join(' and ')} apart: an order has one currency.`
  throw refusal('mixed_currencies', message, 422)
}

async function takeStock(db: Handle, productId: string, quantity: number): Promise<Product> {
  const product = await changeStock(db, productId, ({ name, stock }) => {
    if (stock >= quantity) return -quantity
    const message = stock === 0 ? `${name} is sold out.` : `Only ${stock} of ${name} are left.`
    throw refusal('sold_out', message, 409)
  })
  if (product) return product
  throw refusal('unknown_product', `There is no product ${productId}.`, 422)
}

/**
 * Changes the stock of a product and returns the product as it was. Customers may not change products:
 * the shop itself does. Where transactions run side by side, many may want the same product at once:
 * each waits for its turn and looks again.
 */
async function changeStock(
  db: Handle,
  productId: string,
  by: (product: Product) => number,
): Promise<Product | null> {
  const seen = await db.system.get(products, productId)
  if (!seen) return null
  // What is sold out makes nobody wait.
  by(seen)
  const product = await hold(db, seen)
  if (product) await db.system.update(products, productId, { stock: product.stock + by(product) })
  return product
}

/** The product as it is now and stays until this transaction ends: written as it is, it is ours. */
function hold(db: Handle, { id, createdAt }: Product): Promise<Product | null> {
  return db.system.update(products, id, { createdAt })
}

async function deliveryTo(db: Handle, addressId: string): Promise<Order['deliverTo']> {
  const address = await db.get(addresses, addressId, {
    include: { city: { include: { nation: true } } },
  })
  if (!address?.city) throw refusal('unknown_address', 'You have no such address.', 422)
  const { recipient, street, postcode, city } = address
  return {
    recipient,
    street,
    postcode,
    city: city.name,
    country: city.nation?.name ?? city.country,
  }
}

function refusal(code: string, message: string, status: number): PlinthError {
  return new PlinthError(code, message, { status })
}
