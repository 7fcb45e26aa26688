import { apiTables, content, operation, resource, rowSchema } from 'plinth/api'
import { type AnyTable, type Database, open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import type { Authenticate } from 'plinth/http'
import { type Clock, createSignals, PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'
import { countries, notes, people } from './tables.ts'

const DAY = 86_400_000
let now: number
let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let runs: number

const [records] = apiTables as [AnyTable]
const clock: Clock = { now: () => now }

const order = operation({
  method: 'POST',
  path: '/orders',
  idempotent: true,
  query: v.object({ gift: v.optional(v.string()) }),
  body: v.object({ title: v.string(), end: v.optional(v.string()) }),
  responses: { 201: rowSchema(notes), 204: null, 409: v.object({ code: v.literal('sold_out') }) },
  handler: async ({ db, body }) => {
    runs += 1
    const row = await db.create(notes, { title: body.title, weight: 1, size: 2n ** 60n })
    if (body.end === 'refuse') return { status: 409, body: { code: 'sold_out' } }
    if (body.end === 'throw') throw new PlinthError('too_late', 'Too late.', { status: 410 })
    if (body.end === 'empty') return { status: 204 }
    return {
      status: 201,
      headers: { location: `/orders/${row.id}`, 'set-cookie': ['a=secret', 'b=secret'] },
      body: row,
    }
  },
})

beforeEach(async () => {
  runs = 0
  now = Date.parse('2026-01-31T09:00:00Z')
  db = await database([people, notes, countries], clock)
  for (const name of ['ada', 'bob']) {
    await db.system.create(people, { id: actorId(name), name })
  }
  const tested = app(
    { order, other: { ...order, spec: { ...order.spec, path: '/others' } } },
    {
      database: db,
      clock,
    },
  )
  call = (line, sent = {}) => send(tested, line, { as: 'ada', ...sent })
})

afterEach(() => db.close())

function keyed(key: string, body: unknown = { title: 'Milk' }): Sent {
  return { body, headers: { 'idempotency-key': key } }
}

describe('a request with an Idempotency-Key', () => {
  it('has one effect and one answer, byte for byte', async () => {
    const first = await call('POST /orders', keyed('"k"'))
    const second = await call('POST /orders', keyed('"k"'))
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.text).toBe(first.text)
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect(first.headers.has('idempotency-replayed')).toBe(false)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect([runs, await db.system.count(notes)]).toEqual([1, 1])
  })

  it('has one effect though it comes a hundred times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => call('POST /orders', keyed('"k"'))),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(answers.filter(({ headers }) => headers.has('idempotency-replayed'))).toHaveLength(99)
    expect(await db.system.count(notes)).toBe(1)
    expect(runs).toBe(1)
  })

  it('has an effect for each key though all come at once', async () => {
    const keys = Array.from({ length: 100 }, (_, at) => `"k${at % 10}"`)
    await Promise.all(keys.map((key) => call('POST /orders', keyed(key))))
    expect(await db.system.count(notes)).toBe(10)
    expect(runs).toBe(10)
  })

  it('is refused when the key was used for another request', async () => {
    await call('POST /orders', keyed('"k"'))
    for (const [line, body] of [
      ['POST /orders', { title: 'Tea' }],
      ['POST /orders?gift=yes', { title: 'Milk' }],
    ] as const) {
      const { status, body: problem } = await call(line, keyed('"k"', body))
      expect([status, problem.code]).toEqual([422, 'idempotency_mismatch'])
    }
    expect([runs, await db.system.count(notes)]).toEqual([1, 1])
  })

  it('is the same however its body is spelled', async () => {
    await call('POST /orders', keyed('"k"', { title: 'Milk', end: 'no' }))
    const headers = { 'idempotency-key': '"k"' }
    const text = '{ "end":"no",\n "title":"\\u004dilk" }'
    expect((await call('POST /orders', { text, headers })).status).toBe(201)
    expect(runs).toBe(1)
  })

  it('is of one actor and one operation', async () => {
    await call('POST /orders', keyed('"k"'))
    await call('POST /orders', { ...keyed('"k"'), as: 'bob' })
    await call('POST /others', keyed('"k"'))
    expect([runs, await db.system.count(notes)]).toEqual([3, 3])
  })

  it('reads a quoted and a bare key alike', async () => {
    await call('POST /orders', keyed('"k-1"'))
    await call('POST /orders', keyed('k-1'))
    await call('POST /orders', keyed('"say \\"k\\" \\\\"'))
    expect(runs).toBe(2)
  })

  it.each([
    '""',
    '"',
    '"a',
    'a"',
    '"a""b"',
    '"a", "b"',
    'a b',
    'a,b',
    `"${'k'.repeat(256)}"`,
    '"é"',
    '',
  ])('is refused when the key is %s', async (key) => {
    const { status, body } = await call('POST /orders', keyed(key))
    expect([status, body.code]).toEqual([400, 'invalid_idempotency_key'])
    expect(runs).toBe(0)
  })

  it('answers again without a body', async () => {
    const body = { title: 'Milk', end: 'empty' }
    const answers = [
      await call('POST /orders', keyed('"k"', body)),
      await call('POST /orders', keyed('"k"', body)),
    ]
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ])
    expect(runs).toBe(1)
  })

  it('runs again after a refusal, which left nothing behind', async () => {
    for (const end of ['refuse', 'throw']) {
      const first = await call('POST /orders', keyed('"k"', { title: 'Milk', end }))
      const second = await call('POST /orders', keyed('"k"', { title: 'Milk', end }))
      expect(second.text).toBe(first.text)
      expect(second.headers.has('idempotency-replayed')).toBe(false)
    }
    expect([runs, await db.system.count(notes)]).toEqual([4, 0])
    expect((await call('POST /orders', keyed('"k"'))).status).toBe(201)
  })

  it('[ASVS 14.2.2] does not hand out the cookies of the first answer', async () => {
    expect((await call('POST /orders', keyed('"k"'))).headers.getSetCookie()).toHaveLength(2)
    expect((await call('POST /orders', keyed('"k"'))).headers.getSetCookie()).toEqual([])
  })

  it('is forgotten after a day', async () => {
    const first = await call('POST /orders', keyed('"k"'))
    now += DAY - 1
    expect((await call('POST /orders', keyed('"k"'))).text).toBe(first.text)
    now += 1
    expect((await call('POST /orders', keyed('"k"', { title: 'Tea' }))).status).toBe(201)
    expect([runs, await db.system.count(notes)]).toEqual([2, 2])
  })

  it('asks for a session before anything else', async () => {
    await call('POST /orders', keyed('"k"'))
    const anonymous = app({ order }, { database: db })
    expect((await send(anonymous, 'POST /orders', keyed('"k"'))).status).toBe(401)
  })

  it('means nothing to an operation that does not honour it', async () => {
    const tested = app({ notes: resource(notes) }, { database: db })
    const sent = { as: 'ada', ...keyed('"k"', { title: 'Milk', weight: 1 }) }
    const bodies = [
      await send(tested, 'POST /notes', sent),
      await send(tested, 'POST /notes', sent),
    ]
    expect(new Set(bodies.map(({ body }) => body.id)).size).toBe(2)
  })

  it('is honoured by a resource that says so', async () => {
    const tested = app({ notes: resource(notes, { idempotent: true }) }, { database: db })
    const sent = { as: 'ada', ...keyed('"k"', { title: 'Milk', weight: 1, size: '5' }) }
    const [first, second] = [
      await send(tested, 'POST /notes', sent),
      await send(tested, 'POST /notes', sent),
    ]
    expect(second.text).toBe(first.text)
    expect(await db.system.count(notes)).toBe(1)
  })
})

describe('two servers on one database', () => {
  it('agree on one effect', async () => {
    const tested = [1, 2].map(() => app({ order }, { database: db, clock }))
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        send(tested[at % 2] as (typeof tested)[0], 'POST /orders', { as: 'ada', ...keyed('"k"') }),
      ),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(runs).toBe(1)
  })

  it('pass on a conflict that is not about the key', async () => {
    const settle = operation({
      method: 'POST',
      path: '/settle',
      idempotent: true,
      responses: { 204: null },
      handler: async ({ db }) => {
        await db.system.create(countries, { code: 'NO', name: 'Norway' })
        return { status: 204 }
      },
    })
    const tested = app({ settle }, { database: db })
    await db.system.create(countries, { code: 'NO', name: 'Norway' })
    const sent = { as: 'ada', headers: { 'idempotency-key': '"k"' } }
    const { status, body } = await send(tested, 'POST /settle', sent)
    expect([status, body.code]).toEqual([409, 'conflict'])
  })
})

describe('stored answers', () => {
  it('[ASVS 14.2.7] are deleted once they have expired', async () => {
    await call('POST /orders', keyed('"a"'))
    await call('POST /orders', keyed('"b"'))
    now += DAY + 1
    await call('POST /orders', keyed('"c"'))
    await expect.poll(() => db.system.count(records)).toBe(1)
  })

  it('are seen by nobody but the system', async () => {
    await call('POST /orders', keyed('"a"'))
    const actor = { id: actorId('ada'), roles: ['staff'] }
    expect(await db.as(actor).count(records)).toBe(0)
  })
})

describe('an operation that honours keys', () => {
  it('needs a guard that asks for an actor', () => {
    const open = operation({
      method: 'POST',
      path: '/open',
      idempotent: true,
      guard: {
        name: 'anyone',
        authenticated: false,
        check: (principal) => principal?.actor ?? null,
      },
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => app({ open }, { database: db })).toThrow(
      /operation open: idempotent needs a guard/,
    )
  })

  it('has a name that fits into a unique key', () => {
    const tree = { ['o'.repeat(255)]: order }
    expect(() => app(tree, { database: db })).not.toThrow()
    const longer = { ['o'.repeat(256)]: order }
    expect(() => app(longer, { database: db })).toThrow(/at most 255 characters/)
  })

  it('takes keys of actors whose ids fit into a unique key', async () => {
    const as = (id: string): Authenticate => {
      return () => ({ actor: { id, roles: [] }, credential: 'bearer', sessionId: 's' })
    }
    const statuses = [255, 256].map(async (length) => {
      const authenticate = as('a'.repeat(length))
      const open = operation({
        method: 'POST',
        path: '/open',
        idempotent: true,
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      })
      const signals = createSignals()
      signals.subscribe({ log: () => {} })
      const tested = app({ open }, { database: db, authenticate, signals })
      return (await send(tested, 'POST /open', { headers: { 'idempotency-key': 'k' } })).status
    })
    expect(await Promise.all(statuses)).toEqual([204, 500])
  })

  it('answers in JSON', () => {
    const file = operation({
      method: 'POST',
      path: '/file',
      idempotent: true,
      responses: { 200: content('text/csv') },
      handler: () => ({ status: 200, body: '' }),
    })
    expect(() => app({ file }, { database: db })).toThrow(/operation file: .* 200 is not JSON/)
  })

  it('needs the table that keeps the answers', async () => {
    const bare = await open(sqlite(':memory:', [people, notes]))
    expect(() => app({ order }, { database: bare })).toThrow(
      'operation order: idempotent needs apiTables among the tables of the database',
    )
    await bare.close()
  })
})
