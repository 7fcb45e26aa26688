/** What the shop keeps, and who may do what with it. */

import { users } from 'plinth/auth'
import { id, type Row, ref, table, timestamp } from 'plinth/data'
import * as v from 'valibot'

/** What a row may be changed by: the staff of the shop. */
const byStaff = (actor: { roles: readonly string[] }) => actor.roles.includes('staff')

const name = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200))
/** Amounts of money are whole numbers of the currency's minor unit, such as cents. */
const amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000_000))
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/))
const countryCode = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/))
/** A name as it is searched for: lower case and without accents. */
const searchable = v.pipe(v.string(), v.maxLength(400))

export const countries = table(
  'countries',
  {
    id: id(),
    code: countryCode,
    name,
    region: v.string(),
    currencies: v.array(currency),
  },
  {
    unique: [['code']],
    policy: { read: true },
  },
)

export const places = table(
  'places',
  {
    id: id(),
    name,
    search: searchable,
    country: countryCode,
    population: v.pipe(v.number(), v.integer(), v.minValue(0)),
    latitude: v.number(),
    longitude: v.number(),
  },
  {
    indexes: [['search'], ['country', 'population'], ['population']],
    policy: { read: true },
  },
)

export const products = table(
  'products',
  {
    id: id(),
    sku: v.pipe(v.string(), v.regex(/^[A-Z0-9-]{3,40}$/)),
    name,
    search: searchable,
    country: countryCode,
    price: amount,
    currency,
    stock: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
    createdAt: timestamp({ default: 'now' }),
  },
  {
    unique: [['sku']],
    indexes: [['search'], ['country', 'price'], ['price']],
    policy: { read: true, all: byStaff },
  },
)

export const addresses = table(
  'addresses',
  {
    id: id(),
    owner: ref(users, { default: 'actor', onDelete: 'cascade' }),
    recipient: name,
    street: name,
    postcode: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(20)),
    place: ref(places),
    createdAt: timestamp({ default: 'now' }),
  },
  {
    indexes: [['owner', 'createdAt']],
    policy: { all: (actor) => ({ owner: actor.id }) },
  },
)

export const orderStatus = v.picklist([
  'placed',
  'paid',
  'packed',
  'shipped',
  'delivered',
  'cancelled',
])
export type OrderStatus = v.InferOutput<typeof orderStatus>

/** An address as it was when the order was placed: later changes do not reach it. */
export const deliveryAddress = v.strictObject({
  recipient: v.string(),
  street: v.string(),
  postcode: v.string(),
  city: v.string(),
  country: v.string(),
})

export const orders = table(
  'orders',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    status: orderStatus,
    deliverTo: deliveryAddress,
    total: amount,
    currency,
    placedAt: timestamp({ default: 'now' }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  {
    indexes: [
      ['owner', 'placedAt'],
      ['status', 'placedAt'],
    ],
    policy: {
      read: (actor) => byStaff(actor) || { owner: actor.id },
      create: (actor) => ({ owner: actor.id }),
      update: (actor) =>
        byStaff(actor) || { owner: actor.id, status: { in: ['placed', 'cancelled'] } },
    },
  },
)

export const orderLines = table(
  'order_lines',
  {
    id: id(),
    order: ref(orders, { onDelete: 'cascade' }),
    owner: ref(users, { default: 'actor' }),
    product: ref(products),
    name,
    unitPrice: amount,
    quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  },
  {
    indexes: [['order']],
    policy: {
      read: (actor) => byStaff(actor) || { owner: actor.id },
      create: (actor) => ({ owner: actor.id }),
    },
  },
)

/** Which parts of the seed are in, so that a second start leaves them alone. */
export const seeds = table('seeds', { id: id(), part: v.string() }, { unique: [['part']] })

export const tables = [countries, places, products, addresses, orders, orderLines, seeds]

export type Order = Row<typeof orders>
export type Product = Row<typeof products>
