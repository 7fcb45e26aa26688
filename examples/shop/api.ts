/** The shop's operations. */

import { anyone, found, operation, pageSchema, resource, role, rowSchema } from 'plinth/api'
import type { Filter } from 'plinth/data'
import * as v from 'valibot'
import { checkoutBody, MAX_LINES, placeOrder } from './checkout.ts'
import { moveOrder } from './fulfilment.ts'
import { toSearchable } from './search.ts'
import { addresses, orderLines, orderStatus, orders, places, products } from './tables.ts'

const staff = role('staff')
const idParams = v.strictObject({ id: v.pipe(v.string(), v.uuid()) })
const limit = v.optional(
  v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(100)),
  '20',
)
const cursor = v.optional(v.pipe(v.string(), v.maxLength(2000)))
const search = {
  q: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(100))),
  country: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/))),
}

const searchPlaces = operation({
  method: 'GET',
  path: '/places',
  summary: 'Search delivery places by the beginning of their name, the most populous first',
  tags: ['places'],
  guard: anyone,
  query: v.strictObject({ ...search, limit, cursor }),
  responses: { 200: pageSchema(places) },
  handler: async ({ db, query: { q, country, ...page } }) => ({
    status: 200,
    body: await db.list(places, {
      where: searched(q, country),
      orderBy: { population: 'desc' },
      ...page,
    }),
  }),
})

const searchProducts = operation({
  method: 'GET',
  path: '/products',
  summary: 'Search products by the beginning of their name, the cheapest first',
  tags: ['products'],
  guard: anyone,
  query: v.strictObject({ ...search, limit, cursor }),
  responses: { 200: pageSchema(products) },
  handler: async ({ db, query: { q, country, ...page } }) => ({
    status: 200,
    body: await db.list(products, {
      where: searched(q, country),
      orderBy: { price: 'asc' },
      ...page,
    }),
  }),
})

const { sku, name, country, price, currency, stock } = products.columns
const productEntries = {
  sku: sku.schema,
  name: name.schema,
  country: country.schema,
  price: price.schema,
  currency: currency.schema,
  stock: stock.schema,
}

const createProduct = operation({
  method: 'POST',
  path: '/products',
  summary: 'Add a product to the catalogue',
  tags: ['products'],
  guard: staff,
  body: v.strictObject(productEntries),
  responses: { 201: rowSchema(products) },
  handler: async ({ db, body }) => ({
    status: 201,
    body: await db.create(products, { ...body, search: toSearchable(body.name) }),
  }),
})

const updateProduct = operation({
  method: 'PATCH',
  path: '/products/:id',
  summary: 'Change a product',
  tags: ['products'],
  guard: staff,
  params: idParams,
  body: v.partial(v.strictObject(productEntries)),
  responses: { 200: rowSchema(products) },
  async handler({ db, params, body }) {
    const renamed = body.name === undefined ? {} : { search: toSearchable(body.name) }
    const product = await db.update(products, params.id, { ...body, ...renamed })
    return { status: 200, body: found(product) }
  },
})

const orderWithLines = v.strictObject({
  order: rowSchema(orders),
  lines: v.array(rowSchema(orderLines)),
})

const placeOne = operation({
  method: 'POST',
  path: '/orders',
  summary: 'Place an order: takes stock, at the prices of the shop',
  tags: ['orders'],
  idempotent: true,
  body: checkoutBody,
  responses: { 201: rowSchema(orders) },
  handler: async ({ db, body }) => ({ status: 201, body: await placeOrder(db, body) }),
})

const getOrder = operation({
  method: 'GET',
  path: '/orders/:id',
  summary: 'One order with its lines',
  tags: ['orders'],
  params: idParams,
  responses: { 200: orderWithLines },
  async handler({ db, params }) {
    const order = found(await db.get(orders, params.id))
    const lines = await db.list(orderLines, { where: { order: order.id }, limit: MAX_LINES })
    return { status: 200, body: { order, lines: lines.items } }
  },
})

const moveOne = operation({
  method: 'POST',
  path: '/orders/:id/status',
  summary: 'Move an order on: paid, packed, shipped, delivered or cancelled',
  tags: ['orders'],
  guard: staff,
  params: idParams,
  body: v.strictObject({ status: orderStatus }),
  responses: { 200: rowSchema(orders) },
  handler: async ({ db, params, body }) => ({
    status: 200,
    body: found(await moveOrder(db, params.id, body.status)),
  }),
})

const cancelOne = operation({
  method: 'POST',
  path: '/orders/:id/cancel',
  summary: 'Cancel an order of your own that is not paid yet',
  tags: ['orders'],
  params: idParams,
  responses: { 200: rowSchema(orders) },
  handler: async ({ db, params }) => ({
    status: 200,
    body: found(await moveOrder(db, params.id, 'cancelled')),
  }),
})

export const api = {
  places: { list: searchPlaces, get: resource(places).get },
  products: {
    ...resource(products),
    list: searchProducts,
    create: createProduct,
    update: updateProduct,
  },
  addresses: resource(addresses),
  orders: {
    list: resource(orders).list,
    get: getOrder,
    create: placeOne,
    move: moveOne,
    cancel: cancelOne,
  },
}

/** The part of a filter that places and products have in common. */
function searched(
  q: string | undefined,
  country: string | undefined,
): Filter<{ search: string; country: string }> {
  return {
    ...(q === undefined ? {} : { search: { startsWith: toSearchable(q) } }),
    ...(country === undefined ? {} : { country }),
  }
}
