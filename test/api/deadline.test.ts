import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anyone, operation } from 'plinth/api'
import { type Database, id, open, table } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freshPostgres, hasPostgres } from '../data/servers.ts'
import { app, database, send } from './fixture.ts'

const things = table('things', { id: id(), name: v.string() }, { policy: { all: true } })
const silent = createServer(() => {})
let db: Database

beforeEach(async () => {
  db = await database([things])
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  silent.closeAllConnections()
  silent.close()
  await db.close()
})

it('[ASVS 2.3.3] undoes what a request wrote before its time was up', async () => {
  const { port } = silent.address() as AddressInfo
  const ended = Promise.withResolvers<unknown>()
  const order = operation({
    method: 'POST',
    path: '/order',
    guard: anyone,
    timeout: 200,
    responses: { 204: null },
    handler: async ({ db, fetch }) => {
      await db.create(things, { name: 'before' })
      // Caught, so that only the deadline stands between the handler and its commit.
      const error = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error)
      const written = await db.create(things, { name: 'after' }).catch((late: unknown) => late)
      ended.resolve([error, written])
      return { status: 204 }
    },
  })
  const { status, body } = await send(app({ order }, { database: db }), 'POST /order')
  expect([status, body.code]).toEqual([503, 'timeout'])
  const [error, written] = (await ended.promise) as unknown[]
  expect(error).toMatchObject({ code: 'timeout' })
  expect(written).toBeInstanceOf(Error)
  await expect.poll(() => db.system.count(things)).toBe(0)
})

it.skipIf(!(await hasPostgres()))('ends a query that outlasts its request', async () => {
  const server = await open(postgres(await freshPostgres(), [things]))
  try {
    await server.migrate()
    const { id } = await server.system.create(things, { name: 'a' })
    const ended = Promise.withResolvers<unknown>()
    const rename = operation({
      method: 'POST',
      path: '/rename',
      guard: anyone,
      timeout: 200,
      responses: { 204: null },
      handler: async ({ db }) => {
        // Waits for the row that another transaction holds.
        ended.resolve(await db.update(things, id, { name: 'b' }).catch((error: unknown) => error))
        return { status: 204 }
      },
    })
    const held = Promise.withResolvers<void>()
    const letGo = Promise.withResolvers<void>()
    const other = server.system.transaction(async (tx) => {
      await tx.update(things, id, { name: 'held' })
      held.resolve()
      await letGo.promise
    })
    await held.promise
    const answer = await send(app({ rename }, { database: server }), 'POST /rename')
    expect([answer.status, answer.body.code]).toEqual([503, 'timeout'])
    // Ended by the deadline: the row is still held.
    expect(await ended.promise).toBeInstanceOf(Error)
    letGo.resolve()
    await other
    expect((await server.system.get(things, id))?.name).toBe('held')
  } finally {
    await server.close()
  }
})
