import { users } from 'plinth/auth'
import { type Account, createVisitor, signIn, type Visitor } from 'plinth/testing'
import { type ShopOptions, shop } from '../../examples/shop/shop.ts'
import { countries, orders, places, products } from '../../examples/shop/tables.ts'
import { codeAt } from '../auth/totp/authenticator.ts'

export type Shop = Awaited<ReturnType<typeof shop>>

/** A shop with two places and three products, in memory unless it says otherwise. */
export async function openShop(options: Partial<ShopOptions> = {}): Promise<Shop> {
  const app = await shop({ database: ':memory:', monitor: { logs: false }, ...options })
  const { system } = app.database
  await system.createMany(
    countries,
    ['AR', 'BR', 'FR'].map((code) => {
      return { code, name: `Country ${code}`, region: 'Somewhere', currencies: ['EUR'] }
    }),
  )
  const spot = { latitude: 0, longitude: 0 }
  await system.createMany(places, [
    { name: 'São Paulo', country: 'BR', population: 12_000_000, ...spot },
    { name: 'Paris', country: 'FR', population: 2_100_000, ...spot },
  ])
  await system.createMany(products, GOODS)
  return app
}

const ofFrance = { country: 'FR', currency: 'EUR' }
const GOODS = [
  { sku: 'FL-FRA', name: 'France: flag', price: 1990, stock: 10, ...ofFrance },
  { sku: 'TF-FRA', name: 'France: table flag', price: 690, stock: 5, ...ofFrance },
  { sku: 'WM-FRA', name: 'France: wall map', price: 2950, stock: 0, ...ofFrance },
]

/** Takes all orders back and fills the shelves as on the first day. */
export async function restock({ database: { system } }: Shop): Promise<void> {
  await system.deleteMany(orders, {})
  for (const { sku, ...goods } of GOODS) await system.updateMany(products, { sku }, goods)
}

/** Somebody with an account at the shop. */
export function customer(app: Shop, name: string): Promise<Visitor> {
  return signIn(app, accountOf(name))
}

/** Somebody who works at the shop, and has shown the code of an authenticator app. */
export async function staffMember(app: Shop): Promise<Visitor> {
  const visitor = await signIn(app, accountOf('staff'))
  const { email } = accountOf('staff')
  await app.database.system.updateMany(users, { email }, { roles: ['staff'] })
  const { body: begun } = await send<{ secret: string }>(visitor, '/auth/totp', { method: 'POST' })
  const json = { code: codeAt(begun.secret, Date.now()) }
  const { body } = await send<{ token: string }>(visitor, '/auth/totp/confirm', { json })
  return createVisitor(app, { authorization: `Bearer ${body.token}` })
}

export function nobody(app: Shop): Visitor {
  return createVisitor(app)
}

function accountOf(name: string): Account {
  return { email: `${name}@example.com`, password: `the password of ${name}` }
}

/** Sends a request and reads its JSON. */
export async function send<T = Record<string, unknown>>(
  visitor: Visitor,
  path: string,
  init?: Parameters<Visitor['fetch']>[1],
): Promise<{ status: number; body: T; headers: Headers }> {
  const response = await visitor.fetch(path, init)
  const text = await response.text()
  const body = text === '' ? null : JSON.parse(text)
  return { status: response.status, body, headers: response.headers }
}

/** The id of the product with this SKU. */
export async function productId(app: Shop, sku: string): Promise<string> {
  const product = await app.database.system.first(products, { where: { sku } })
  return product?.id ?? `no product ${sku}`
}

export async function stockOf(app: Shop, sku: string): Promise<number | undefined> {
  return (await app.database.system.first(products, { where: { sku } }))?.stock
}

/** Keeps an address in Paris and returns its id. */
export async function addAddress(app: Shop, visitor: Visitor): Promise<string> {
  const place = await app.database.system.first(places, { where: { name: 'Paris' } })
  const json = { recipient: 'A Person', street: 'Rue 1', postcode: '75001', place: place?.id }
  const { body } = await send<{ id: string }>(visitor, '/addresses', { json })
  return body.id
}
