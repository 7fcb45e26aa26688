import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anyone, operation } from 'plinth/api'
import { type Database, id, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, it } from 'vitest'
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
