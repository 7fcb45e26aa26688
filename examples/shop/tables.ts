/** What the shop keeps, how it hangs together, and who may do what with it. */

import { users } from 'plinth/auth'
import {
  column,
  generated,
  id,
  many,
  one,
  type Row,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import { type Actor, personal } from 'plinth/kernel'
import * as v from 'valibot'
import { toSearchable } from './search.ts'

const isStaff = (actor: Actor) => actor.roles.includes('staff')

const name = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200))
/** Amounts of money are whole numbers of the currency's minor unit, such as cents. */
const amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000_000))
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/))
const countryCode = v.pipe(v.string(), v.maxLength(2), v.regex(/^[A-Z]{2}$/))
/** The name as it is searched for: lower case and without accents. */
const search = generated(v.pipe(v.string(), v.maxLength(800)), {
  from: ['name'],
  value: (row: { name: string }) => toSearchable(row.name),
})

const countriesTable = table(
  'countries',
  {
    code: column(countryCode, { primaryKey: true }),
    name,
    region: v.string(),
    currencies: v.array(currency),
  },
  { policy: { read: true } },
)

const placesTable = table(
  'places',
  {
    id: id(),
    name,
    search,
    country: ref(countriesTable),
    population: v.pipe(v.number(), v.integer(), v.minValue(0)),
    latitude: v.number(),
    longitude: v.number(),
  },
  {
    indexes: [['search'], ['country', 'population'], ['population']],
    policy: { read: true },
  },
)

const productsTable = table(
  'products',
  {
    id: id(),
    sku: v.pipe(v.string(), v.maxLength(40), v.regex(/^[A-Z0-9-]{3,40}$/)),
    name,
    search,
    country: ref(countriesTable),
    price: amount,
    currency,
    stock: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
    createdAt: timestamp({ default: 'now' }),
    /** Raised by every change, sales included: nobody sets a stock that has moved since they looked. */
    version: version(),
  },
  {
    unique: [['sku']],
    indexes: [['search'], ['country', 'price'], ['price']],
    policy: { read: true, all: isStaff },
  },
)

const addressesTable = table(
  'addresses',
  {
    id: id(),
    owner: ref(users, { default: 'actor', onDelete: 'cascade' }),
    recipient: personal(name),
    street: personal(name),
    postcode: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(20)),
    place: ref(placesTable),
    createdAt: timestamp({ default: 'now' }),
  },
  {
    indexes: [['owner', 'createdAt']],
    // Not even the staff: an order has a copy of the address that it goes to.
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
  recipient: personal(v.string()),
  street: personal(v.string()),
  postcode: v.string(),
  city: v.string(),
  country: v.string(),
})

const ordersTable = table(
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
    // Who moved an order along, and when: new ones tell that by themselves.
    audit: { operations: ['update', 'delete'] },
    policy: {
      read: true,
      create: true,
      update: (actor) => isStaff(actor) || { status: { in: ['placed', 'cancelled'] } },
    },
  },
)

const orderLinesTable = table(
  'order_lines',
  {
    id: id(),
    order: ref(ordersTable, { onDelete: 'cascade' }),
    owner: ref(users, { default: 'actor' }),
    product: ref(productsTable),
    name,
    unitPrice: amount,
    quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  },
  {
    indexes: [['order']],
    policy: { read: true, create: true },
  },
)

export const { countries, places, products, addresses, orders, orderLines, customers } = schema(
  {
    countries: countriesTable,
    places: placesTable,
    products: productsTable,
    addresses: addressesTable,
    orders: ordersTable,
    orderLines: orderLinesTable,
    customers: users,
  },
  {
    relations: {
      customers: { addresses: many('addresses', 'owner'), orders: many('orders', 'owner') },
      places: { nation: one('countries', 'country') },
      addresses: { city: one('places', 'place') },
      orders: { lines: many('orderLines', 'order') },
      orderLines: { item: one('products', 'product') },
    },
    // Besides the rules above: customers reach their own orders only, the staff of the shop everybody's.
    restrict: {
      tables: ['orders', 'orderLines'],
      rule: (actor) => isStaff(actor) || { owner: actor.id },
    },
  },
)

/** Which parts of the seed are in, so that a second start leaves them alone. */
export const seeds = table(
  'seeds',
  { id: id(), part: v.picklist(['countries', 'products', 'places']) },
  { unique: [['part']] },
)

export const tables = [countries, places, products, addresses, orders, orderLines, customers, seeds]

export type Order = Row<typeof orders>
export type Product = Row<typeof products>
export type SeedPart = Row<typeof seeds>['part']
