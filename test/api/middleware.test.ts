import { anyone, operation, rowSchema } from 'plinth/api'
import { type Database, id, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { app, database, send } from './fixture.ts'

const things = table('things', { id: id(), name: v.string() }, { policy: { all: true } })
const audits = table('audits', { id: id(), about: v.string() }, { policy: { all: true } })

let db: Database

beforeEach(async () => {
  db = await database([things, audits])
})

afterEach(() => db.close())

const create = {
  method: 'POST',
  path: '/things',
  guard: anyone,
  body: v.object({ name: v.string() }),
  responses: { 201: rowSchema(things), 409: v.object({ code: v.string(), at: v.date() }) },
} as const

describe('middleware with a database', () => {
  it('reads and writes outside of the transaction', async () => {
    const audited = operation.with(async ({ db, incoming }, next) => {
      const before = await db.count(things)
      const answer = await next({ before })
      // The commit is durable: another connection sees it.
      const after = await db.count(things)
      await db.create(audits, { about: `${incoming.method} ${before} to ${after}` })
      return { ...answer, headers: { ...answer.headers, 'x-count': String(after) } }
    })
    const api = app(
      {
        create: audited({
          ...create,
          handler: async ({ db, body, before }) => {
            const thing = await db.create(things, body)
            if (before > 0) return { status: 409, body: { code: 'full', at: new Date(0) } }
            return { status: 201, body: thing }
          },
        }),
      },
      { database: db },
    )
    const first = await send(api, 'POST /things', { body: { name: 'a' } })
    expect([first.status, first.headers.get('x-count')]).toEqual([201, '1'])
    const second = await send(api, 'POST /things', { body: { name: 'b' } })
    expect([second.status, second.headers.get('x-count')]).toEqual([409, '1'])
    const { items } = await db.system.list(audits, { orderBy: { id: 'asc' } })
    expect(items.map(({ about }) => about)).toEqual(['POST 0 to 1', 'POST 1 to 1'])
  })

  it('answers by itself as the schema says', async () => {
    const full = operation.with(() => ({
      status: 409,
      body: { code: 'full', at: new Date(0), secret: 'x' },
    }))
    const handler = () => {
      throw new Error('never')
    }
    const api = app({ create: full({ ...create, handler }) }, { database: db })
    const { status, body } = await send(api, 'POST /things', { body: { name: 'a' } })
    expect([status, body]).toEqual([409, { code: 'full', at: '1970-01-01T00:00:00.000Z' }])
  })

  it('adds its headers to an answer that is repeated', async () => {
    let ran = 0
    const marked = operation.with(async (_context, next) => {
      const answer = await next()
      return { ...answer, headers: { ...answer.headers, 'x-ran': String(++ran) } }
    })
    const once = marked({
      method: 'POST',
      path: '/things',
      idempotent: true,
      body: v.object({ name: v.string() }),
      responses: { 201: rowSchema(things) },
      handler: async ({ db, body }) => ({ status: 201, body: await db.create(things, body) }),
    })
    const api = app({ once }, { database: db })
    const request = { as: 'ada', body: { name: 'a' }, headers: { 'idempotency-key': '"k"' } }
    const first = await send(api, 'POST /things', request)
    const again = await send(api, 'POST /things', request)
    expect([first.headers.get('x-ran'), again.headers.get('x-ran')]).toEqual(['1', '2'])
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(await db.system.count(things)).toBe(1)
  })
})
