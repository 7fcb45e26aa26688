import { anyone, branch, operation, resource, rowSchema } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { app, database, send } from './fixture.ts'

const things = table('things', { id: id(), name: v.string() }, { policy: { all: true } })
const others = table('others', { id: id(), name: v.string() }, { policy: { all: true } })

let db: Database

beforeEach(async () => {
  db = await database([things])
})

afterEach(() => db.close())

const make = operation({
  method: 'POST',
  path: '/make',
  idempotent: true,
  body: v.object({ name: v.string() }),
  responses: { 201: rowSchema(things) },
  handler: async ({ db, body }) => ({ status: 201, body: await db.create(things, body) }),
})

describe('branches with a database', () => {
  it('answer one resource in two versions', async () => {
    const tree = { things: resource(things) }
    const api = app(
      { v1: branch({ path: '/v1' }, tree), v2: branch({ path: '/v2' }, tree) },
      { database: db },
    )
    const created = await send(api, 'POST /v1/things', { as: 'ada', body: { name: 'a' } })
    expect(created.status).toBe(201)
    const found = await send(api, `GET /v2/things/${created.body.id}`, { as: 'ada' })
    expect(found.body).toEqual(created.body)
    expect((await send(api, 'GET /things', { as: 'ada' })).status).toBe(404)
  })

  it('keep the keys of their versions apart', async () => {
    const api = app(
      { v1: branch({ path: '/v1' }, { make }), v2: branch({ path: '/v2' }, { make }) },
      { database: db },
    )
    const request = { as: 'ada', body: { name: 'a' }, headers: { 'idempotency-key': '"k"' } }
    const first = await send(api, 'POST /v1/make', request)
    const again = await send(api, 'POST /v1/make', request)
    const other = await send(api, 'POST /v2/make', request)
    expect(again.text).toBe(first.text)
    expect(other.status).toBe(201)
    expect(other.text).not.toBe(first.text)
  })

  it('still need the tables of their resources', () => {
    const tree = branch({ path: '/v1' }, { others: resource(others) })
    expect(() => app(tree, { database: db })).toThrow('table "others" is not among those')
  })

  it('are called by a client at their places', async () => {
    const ping = operation({
      method: 'GET',
      path: '/ping',
      guard: anyone,
      responses: { 200: v.object({ at: v.string() }) },
      handler: ({ incoming }) => ({ status: 200, body: { at: incoming.path } }),
    })
    const api = app({ v1: branch({ path: '/v1' }, { ping }) }, { database: db })
    const calls = client<typeof api>('https://shop.example', {
      fetch: (request: RequestInfo | URL, init?: RequestInit) =>
        api.fetch(new Request(request, init)),
    })
    const answer = await calls.v1.ping()
    expect(answer.status === 200 && answer.body.at).toBe('/v1/ping')
  })

  it('say in the description what is deprecated', async () => {
    const tree = branch({ path: '/v1', deprecated: { since: '2026-01-01' } }, { make })
    const { body } = await send(app(tree, { database: db }), 'GET /openapi.json')
    expect(body.paths['/v1/make'].post.deprecated).toBe(true)
  })
})
