/** The two APIs that are described, linted, called and fuzzed here. */

import { apiTables, mount } from 'plinth/api'
import { sessions, users } from 'plinth/auth'
import { type AnyTable, type Database, open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { type App, type Authenticate, anyone } from 'plinth/http'
import type { Visitor } from 'plinth/testing'
import { createVisitor } from 'plinth/testing'
import { addresses, places, products } from '../../examples/shop/tables.ts'
import { addAddress, customer, openShop, staffMember } from '../shop/open-shop.ts'
import { api } from './every-feature.ts'
import { people, tables } from './tables.ts'

/** An app, and those who call it. */
export interface Tested {
  readonly app: App
  readonly callers: readonly Visitor[]
  /** Values that requests may name, by what they are called. */
  readonly known?: Readonly<Record<string, readonly string[]>>
  /** Signs those in again whom a request has signed out. */
  readonly restore?: () => Promise<void>
}

/** The shop of the examples, with a customer who has an address and somebody of the staff. */
export async function shop(): Promise<Tested> {
  const app = await openShop()
  const ada = await customer(app, 'ada')
  await addAddress(app, ada)
  const callers = [createVisitor(app), ada, await staffMember(app)]
  const known = {
    places: await idsIn(app.database, places),
    products: await idsIn(app.database, products),
    addresses: await idsIn(app.database, addresses),
  }
  return { app, callers, known, restore: await rememberSessions(app.database) }
}

function idsIn({ system }: Database, table: AnyTable): Promise<string[]> {
  return idsOf(system, table)
}

async function idsOf(system: Database['system'], table: AnyTable): Promise<string[]> {
  const { items } = await system.list(table)
  return items.map((row: { readonly id?: unknown }) => String(row.id))
}

/** People may delete their account, and end their sessions: both are put back. */
async function rememberSessions({ system }: Database): Promise<() => Promise<void>> {
  const people = (await system.list(users)).items
  const open = (await system.list(sessions)).items
  return async () => {
    await system.createMany(users, await missing(system, users, people))
    await system.createMany(sessions, await missing(system, sessions, open))
  }
}

async function missing<Kept extends { readonly id: string }>(
  system: Database['system'],
  table: AnyTable,
  rows: readonly Kept[],
): Promise<Kept[]> {
  const there = new Set(await idsOf(system, table))
  return rows.filter(({ id }) => !there.has(id))
}

/** The API that uses every feature, on a database in memory. */
export async function everyFeature(): Promise<Tested> {
  const database = await open(sqlite(':memory:', tables), { tables: apiTables })
  await database.migrate()
  for (const name of ['ada', 'bob']) {
    await database.system.create(people, { id: actorId(name), name })
  }
  const app = mount(api, {
    database,
    authenticate,
    title: 'Every feature',
    about: 'An API that uses whatever an operation can be made of.',
    license: { name: 'MIT', identifier: 'MIT' },
    contact: { name: 'Plinth contributors' },
    describe: { guard: anyone },
    onClose: () => database.close(),
  })
  const visitor = (token: string) => createVisitor(app, { authorization: `Bearer ${token}` })
  const callers = [createVisitor(app), visitor('ada'), visitor('bob:staff')]
  return { app, callers, known: { author: [actorId('ada'), actorId('bob')] } }
}

export const apps = { shop, everyFeature }

/** Reads an app's description as its users do. */
export async function documentOf({ app }: Tested): Promise<Record<string, unknown>> {
  const response = await createVisitor(app).fetch('/openapi.json')
  return (await response.json()) as Record<string, unknown>
}

/** `Bearer ada` is Ada, `Bearer bob:staff` is Bob with a role. */
const authenticate: Authenticate = (incoming) => {
  const token = incoming.header('authorization')?.replace(/^Bearer /, '')
  if (!token) return null
  const [name = '', ...roles] = token.split(':')
  return { actor: { id: actorId(name), roles }, credential: 'bearer', sessionId: name }
}

/** A UUID that tells whose it is. */
function actorId(name: string): string {
  const hex = Buffer.from(name.padEnd(6, '.')).subarray(0, 6).toString('hex')
  return `00000000-0000-7000-8000-${hex}`
}
