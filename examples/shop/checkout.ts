/** Placing an order: stock taken, prices from the shop, all in the request's one transaction. */

import type { Handle } from 'plinth/data'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import {
  addresses,
  countries,
  type Order,
  orderLines,
  orders,
  type Product,
  places,
  products,
} from './tables.ts'

/** Few enough for one page of a list. */
export const MAX_LINES = 50

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
  for (const line of lines.toSorted((a, b) => a.product.localeCompare(b.product))) {
    taken.push({
      product: await takeStock(db, line.product, line.quantity),
      quantity: line.quantity,
    })
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
    limit: MAX_LINES,
  })
  for (const line of items) {
    const product = await db.system.get(products, line.product)
    if (product)
      await db.system.update(products, product.id, { stock: product.stock + line.quantity })
  }
}

/** Amounts of different currencies have no sum. */
function currencyOf(goods: readonly Product[]): string {
  const currencies = [...new Set(goods.map(({ currency }) => currency))]
  const [currency] = currencies
  if (currency !== undefined && currencies.length === 1) return currency
  const message = `Order ${currencies.join(' and ')} apart: an order has one currency.`
  throw refusal('mixed_currencies', message, 422)
}

/** Customers may not change products, so stock is taken by the shop itself. */
async function takeStock(db: Handle, productId: string, quantity: number): Promise<Product> {
  const product = await db.get(products, productId)
  if (!product) throw refusal('unknown_product', `There is no product ${productId}.`, 422)
  if (product.stock < quantity) {
    const message =
      product.stock === 0
        ? `${product.name} is sold out.`
        : `Only ${product.stock} of ${product.name} are left.`
    throw refusal('sold_out', message, 409)
  }
  const left = await db.system.update(
    products,
    productId,
    { stock: product.stock - quantity },
    { stock: product.stock },
  )
  if (!left)
    throw refusal(
      'stock_changed',
      `The stock of ${product.name} changed meanwhile: try again.`,
      409,
    )
  return product
}

async function deliveryTo(db: Handle, addressId: string): Promise<Order['deliverTo']> {
  const address = await db.get(addresses, addressId)
  const place = address && (await db.get(places, address.place))
  if (!address || !place) throw refusal('unknown_address', 'You have no such address.', 422)
  const country = await db.first(countries, { where: { code: place.country } })
  const { recipient, street, postcode } = address
  return { recipient, street, postcode, city: place.name, country: country?.name ?? place.country }
}

function refusal(code: string, message: string, status: number): PlinthError {
  return new PlinthError(code, message, { status })
}
