/** The shop's operations. */

import {
  anyone,
  assurance,
  every,
  found,
  operation,
  pageSchema,
  resource,
  role,
  rowSchema,
} from 'plinth/api'
import type { Filter } from 'plinth/data'
import * as v from 'valibot'
import { checkoutBody, placeOrder } from './checkout.ts'
import { moveOrder } from './fulfilment.ts'
import { toSearchable } from './search.ts'
import { addresses, customers, orderStatus, orders, places, products } from './tables.ts'

/** Who works at the shop, and has shown a second factor: what they do concerns everybody. */
const staff = every(role('staff'), assurance(2))
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

// What the rows of an answer are made of: the query, the answer and its description go by these. The
// column that names are searched by stays here.
const placeShape = {
  select: ['id', 'name', 'country', 'population', 'latitude', 'longitude'],
} as const
const productShape = {
  select: ['id', 'sku', 'name', 'country', 'price', 'currency', 'stock', 'createdAt', 'version'],
} as const
const orderShape = {
  include: { lines: { include: { item: { select: ['id', 'sku', 'name', 'country'] } } } },
} as const
const accountShape = {
  select: ['id', 'email', 'name'],
  include: {
    addresses: { include: { city: { ...placeShape, include: { nation: { select: ['name'] } } } } },
    orders: { orderBy: { placedAt: 'desc' }, limit: 10, include: { lines: true } },
  },
} as const

const searchPlaces = operation({
  method: 'GET',
  path: '/places',
  summary: 'Search delivery places by the beginning of their name, the most populous first',
  tags: ['places'],
  guard: anyone,
  // They change with a new seed only: whoever stands between may keep an answer for an hour.
  cache: { maxAge: 3600, public: true },
  query: v.strictObject({ ...search, limit, cursor }),
  responses: { 200: pageSchema(places, placeShape) },
  handler: async ({ db, query: { q, country, ...page } }) => ({
    status: 200,
    body: await db.list(places, {
      ...placeShape,
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
  responses: { 200: pageSchema(products, productShape) },
  handler: async ({ db, query: { q, country, ...page } }) => ({
    status: 200,
    body: await db.list(products, {
      ...productShape,
      where: searched(q, country),
      orderBy: { price: 'asc' },
      ...page,
    }),
  }),
})

const account = operation({
  method: 'GET',
  path: '/overview',
  summary: 'Your addresses with their places, and the latest of your orders',
  tags: ['account'],
  responses: { 200: rowSchema(customers, accountShape) },
  errors: { 404: ['not_found'] },
  handler: async ({ db, actor }) => ({
    status: 200,
    body: found(await db.get(customers, actor.id, accountShape)),
  }),
})

const placeOne = operation({
  method: 'POST',
  path: '/orders',
  summary: 'Place an order: takes stock, at the prices of the shop',
  tags: ['orders'],
  idempotent: true,
  body: checkoutBody,
  responses: { 201: rowSchema(orders) },
  examples: {
    'two flags': {
      body: {
        address: '01890a5d-ac96-774b-bcce-b302099a8057',
        lines: [{ product: '01890a5d-ac96-774b-bcce-b302099a8058', quantity: 2 }],
      },
    },
  },
  errors: { 409: ['sold_out'], 422: ['mixed_currencies', 'unknown_product', 'unknown_address'] },
  handler: async ({ db, body }) => ({ status: 201, body: await placeOrder(db, body) }),
})

const getOrder = operation({
  method: 'GET',
  path: '/orders/:id',
  summary: 'One order with its lines and their products',
  tags: ['orders'],
  params: idParams,
  responses: { 200: rowSchema(orders, orderShape) },
  handler: async ({ db, params }) => ({
    status: 200,
    body: found(await db.get(orders, params.id, orderShape)),
  }),
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
  errors: { 409: ['illegal_move', 'staff_only'] },
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
  errors: { 409: ['illegal_move', 'staff_only'] },
  handler: async ({ db, params }) => ({
    status: 200,
    body: found(await moveOrder(db, params.id, 'cancelled')),
  }),
})

export const api = {
  places: { list: searchPlaces, get: resource(places, { only: ['get'], ...placeShape }).get },
  products: {
    ...resource(products, {
      ...productShape,
      guard: { create: staff, update: staff, delete: staff },
    }),
    list: searchProducts,
  },
  account,
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
