import {
  anyone,
  content,
  found,
  operation,
  pageSchema,
  resource,
  role,
  rowSchema,
} from 'plinth/api'
import type { Database } from 'plinth/data'
import { createSignals, PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseName } from '../data/fixture.ts'
import { actorId, app, database, send } from './fixture.ts'
import { countries, notes, people } from './tables.ts'

let db: Database

beforeEach(async () => {
  db = await database([people, notes, countries])
  await db.system.create(people, { id: actorId('ada'), name: 'Ada' })
})

afterEach(() => db.close())

/** Writes two rows, then does what it is asked to. */
const write = operation({
  method: 'POST',
  path: '/write',
  body: v.object({ end: v.picklist(['answer', 'refuse', 'throw', 'fail', 'break']) }),
  responses: { 201: null, 409: v.object({ code: v.literal('sold_out') }) },
  handler: async ({ db, body }) => {
    await db.create(notes, { title: 'One', weight: 1 })
    await db.system.create(countries, { code: 'NO', name: 'Norway' })
    if (body.end === 'refuse') return { status: 409, body: { code: 'sold_out' } }
    if (body.end === 'throw') throw new PlinthError('too_late', 'Too late.', { status: 410 })
    if (body.end === 'fail') throw new TypeError('secret detail')
    if (body.end === 'break') await db.create(notes, { title: '', weight: 1 })
    return { status: 201 }
  },
})

describe('the transaction of an unsafe method', () => {
  async function attempt(end: string) {
    const tested = app({ write }, { database: db, signals: quiet() })
    const answer = await send(tested, 'POST /write', { as: 'ada', body: { end } })
    return { answer, rows: (await db.system.count(notes)) + (await db.system.count(countries)) }
  }

  it('keeps all writes when the answer is below 400', async () => {
    const { answer, rows } = await attempt('answer')
    expect([answer.status, rows]).toEqual([201, 2])
  })

  it('undoes all writes when the answer is a refusal', async () => {
    const { answer, rows } = await attempt('refuse')
    expect([answer.status, answer.body, rows]).toEqual([409, { code: 'sold_out' }, 0])
  })

  it('undoes all writes when an error is thrown', async () => {
    const { answer, rows } = await attempt('throw')
    expect([answer.status, answer.body.code, rows]).toEqual([410, 'too_late', 0])
  })

  it('undoes all writes and hides the cause of a failure', async () => {
    const { answer, rows } = await attempt('fail')
    expect([answer.status, answer.body.code, rows]).toEqual([500, 'internal_error', 0])
    expect(answer.text).not.toContain('secret')
  })

  it('undoes all writes when one of them is refused', async () => {
    const { answer, rows } = await attempt('break')
    expect([answer.status, answer.body.code, rows]).toEqual([422, 'invalid_values', 0])
  })

  it('undoes all writes when the answer is not a declared one', async () => {
    const wrong = operation({
      method: 'POST',
      path: '/wrong',
      responses: { 204: null },
      handler: async ({ db }) => {
        await db.create(notes, { title: 'One', weight: 1 })
        return { status: 200 as 204 }
      },
    })
    const tested = app({ wrong }, { database: db, signals: quiet() })
    const { status } = await send(tested, 'POST /wrong', { as: 'ada' })
    expect([status, await db.system.count(notes)]).toEqual([500, 0])
  })

  it('undoes all writes when the time is up', async () => {
    const ended = Promise.withResolvers<void>()
    const slow = operation({
      method: 'POST',
      path: '/slow',
      timeout: 200,
      responses: { 204: null },
      handler: async ({ db, signal }) => {
        await db.create(notes, { title: 'One', weight: 1 })
        const { promise, resolve } = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => resolve())
        await promise
        ended.resolve()
        return { status: 204 }
      },
    })
    const tested = app({ slow }, { database: db, signals: quiet() })
    const { status, body } = await send(tested, 'POST /slow', { as: 'ada' })
    await ended.promise
    expect([status, body.code, await db.system.count(notes)]).toEqual([503, 'timeout', 0])
  })

  it('runs hooks after the commit only', async () => {
    const ran: number[] = []
    const hooked = operation({
      method: 'POST',
      path: '/hooked/:status',
      params: v.object({ status: v.pipe(v.string(), v.toNumber()) }),
      responses: { 200: null, 400: null },
      handler: ({ db, params }) => {
        db.afterCommit(() => void ran.push(params.status))
        return params.status === 200 ? { status: 200 } : { status: 400 }
      },
    })
    const tested = app({ hooked }, { database: db })
    await send(tested, 'POST /hooked/400', { as: 'ada' })
    await send(tested, 'POST /hooked/200', { as: 'ada' })
    expect(ran).toEqual([200])
  })

  it('can be left to the handler', async () => {
    const own = operation({
      method: 'POST',
      path: '/own',
      transaction: false,
      responses: { 409: null },
      handler: async ({ db }) => {
        await db.transaction((tx) => tx.create(notes, { title: 'Kept', weight: 1 }))
        return { status: 409 }
      },
    })
    const answer = await send(app({ own }, { database: db }), 'POST /own', { as: 'ada' })
    expect([answer.status, await db.system.count(notes)]).toEqual([409, 1])
  })

  // Elsewhere an operation says what it read in the condition of what it writes.
  it.runIf(databaseName === 'sqlite')('counts how often a shared total is raised', async () => {
    await db.system.create(countries, { code: 'NO', name: '0' })
    const raise = operation({
      method: 'POST',
      path: '/raise',
      guard: anyone,
      responses: { 204: null },
      handler: async ({ db }) => {
        const row = await db.system.get(countries, 'NO')
        await db.system.update(countries, 'NO', { name: String(Number(row?.name) + 1) })
        return { status: 204 }
      },
    })
    const tested = app({ raise }, { database: db })
    await Promise.all(Array.from({ length: 50 }, () => send(tested, 'POST /raise')))
    expect((await db.system.get(countries, 'NO'))?.name).toBe('50')
  })
})

describe('the context', () => {
  it('reads as the caller, and past policies only when asked', async () => {
    const peek = operation({
      method: 'GET',
      path: '/peek',
      guard: anyone,
      responses: {
        200: v.object({ own: v.number(), all: v.number(), id: v.nullable(v.string()) }),
      },
      handler: async ({ db, actor }) => ({
        status: 200,
        body: {
          own: await db.count(notes),
          all: await db.system.count(notes),
          id: actor?.id ?? null,
        },
      }),
    })
    await db.system.create(notes, { owner: actorId('ada'), title: 'Hers', weight: 1 })
    const tested = app({ peek }, { database: db })
    const bodies = [
      (await send(tested, 'GET /peek', { as: 'ada' })).body,
      (await send(tested, 'GET /peek', { as: 'bob' })).body,
      (await send(tested, 'GET /peek')).body,
    ]
    expect(bodies).toEqual([
      { own: 1, all: 1, id: actorId('ada') },
      { own: 0, all: 1, id: actorId('bob') },
      { own: 0, all: 1, id: null },
    ])
  })

  it('is not reached by those whom the guard refuses', async () => {
    const staff = operation({
      method: 'GET',
      path: '/staff',
      guard: role('staff'),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const tested = app({ staff }, { database: db })
    const statuses = []
    for (const as of ['ada:staff', 'ada:guest', 'ada']) {
      statuses.push((await send(tested, 'GET /staff', { as })).status)
    }
    statuses.push((await send(tested, 'GET /staff')).status)
    expect(statuses).toEqual([204, 403, 403, 401])
  })
})

describe('an answer', () => {
  const given = {
    id: 'x',
    at: new Date('2026-01-31T09:00:00Z'),
    size: 2n ** 60n,
    seal: Uint8Array.of(1, 2, 3),
    secret: 'hash',
  }
  async function answered(schema: v.GenericSchema, body: unknown) {
    const give = operation({
      method: 'GET',
      path: '/give',
      guard: anyone,
      responses: { 200: schema },
      handler: () => ({ status: 200, body }),
    })
    const signals = quiet()
    return send(app({ give }, { database: db, signals }), 'GET /give')
  }

  it('holds what its schema names and nothing else', async () => {
    const person = v.object({ id: v.string(), at: v.date(), size: v.bigint() })
    const body = { one: given, many: [given], none: null }
    const schema = v.object({
      one: person,
      many: v.array(person),
      none: v.nullable(person),
      left: v.optional(person),
    })
    const sent = { id: 'x', at: '2026-01-31T09:00:00.000Z', size: '1152921504606846976' }
    expect((await answered(schema, body)).body).toEqual({ one: sent, many: [sent], none: null })
  })

  it('keeps what a loose schema leaves open', async () => {
    const { body } = await answered(v.looseObject({ id: v.string() }), { id: 'x', more: [1] })
    expect(body).toEqual({ id: 'x', more: [1] })
  })

  it('is narrowed inside unions, records and tuples', async () => {
    const cat = v.object({ kind: v.literal('cat'), lives: v.number() })
    const dog = v.object({ kind: v.literal('dog') })
    const schema = v.object({
      pet: v.variant('kind', [cat, dog]),
      either: v.union([cat, dog]),
      byName: v.record(v.string(), dog),
      pair: v.tuple([dog, v.number()]),
    })
    const rex = { kind: 'dog', secret: 1 }
    const { body } = await answered(schema, {
      pet: { kind: 'cat', lives: 9, secret: 1 },
      either: rex,
      byName: { rex },
      pair: [rex, 1],
    })
    expect(body).toEqual({
      pet: { kind: 'cat', lives: 9 },
      either: { kind: 'dog' },
      byName: { rex: { kind: 'dog' } },
      pair: [{ kind: 'dog' }, 1],
    })
  })

  it('runs the transformations of its schema', async () => {
    const schema = v.object({
      cents: v.pipe(
        v.number(),
        v.transform((cents) => `${(cents / 100).toFixed(2)} EUR`),
      ),
    })
    expect((await answered(schema, { cents: 1999 })).body).toEqual({ cents: '19.99 EUR' })
  })

  it('holds the default of what is absent', async () => {
    const schema = v.object({
      tags: v.optional(v.array(v.string()), []),
      state: v.nullish(v.picklist(['open', 'done']), 'open'),
    })
    expect((await answered(schema, { state: null })).body).toEqual({ tags: [], state: 'open' })
  })

  it('carries bytes as base64', async () => {
    const { body } = await answered(v.object({ seal: v.instance(Uint8Array) }), given)
    expect(body).toEqual({ seal: 'AQID' })
  })

  it('may hold a shape that holds itself', async () => {
    interface Tree {
      name: string
      kids: Tree[]
    }
    const tree: v.GenericSchema<Tree> = v.object({
      name: v.string(),
      kids: v.array(v.lazy(() => tree)),
    })
    const leaf = { name: 'leaf', kids: [], secret: 1 }
    const { body } = await answered(tree, { name: 'root', kids: [leaf], secret: 1 })
    expect(body).toEqual({ name: 'root', kids: [{ name: 'leaf', kids: [] }] })
  })

  it('holds the columns of a row and nothing else', async () => {
    const row = await db.system.create(notes, {
      owner: actorId('ada'),
      title: 'Milk',
      weight: 1,
      seal: Uint8Array.of(255),
    })
    const { body } = await answered(v.nullable(rowSchema(notes)), { ...row, secret: 'hash' })
    expect(Object.keys(body)).toEqual(Object.keys(notes.columns))
    expect(body.seal).toBe('/w==')
  })

  it('may be a page of rows', async () => {
    await db.system.create(notes, { owner: actorId('ada'), title: 'Milk', weight: 1 })
    const page = await db.system.list(notes)
    const { body } = await answered(pageSchema(notes), page)
    expect(body).toMatchObject({ items: [{ title: 'Milk' }], next: null })
  })

  it('is the same for rows that are not found anywhere', async () => {
    const own = operation({
      method: 'GET',
      path: '/own/:id',
      params: v.object({ id: v.string() }),
      responses: { 200: rowSchema(notes) },
      handler: async ({ db, params }) => ({
        status: 200,
        body: found(await db.first(notes, { where: { id: params.id } })),
      }),
    })
    const tested = app({ own, notes: resource(notes) }, { database: db })
    const answers = [
      await send(tested, `GET /own/${actorId('x')}`, { as: 'ada' }),
      await send(tested, `GET /notes/${actorId('x')}`, { as: 'ada' }),
    ]
    expect(answers[0]?.status).toBe(404)
    expect(answers[0]?.text).toBe(answers[1]?.text)
  })

  it('of no declared shape or status is a failure', async () => {
    const union = v.union([v.object({ a: v.string() }), v.object({ b: v.string() })])
    expect((await answered(union, { c: 1 })).status).toBe(500)
  })

  it('that was forgotten is named in the log', async () => {
    const forgetful = operation({
      method: 'POST',
      path: '/forgetful',
      guard: anyone,
      responses: { 204: null },
      handler: (() => {}) as () => never,
    })
    const signals = createSignals()
    const errors: unknown[] = []
    signals.subscribe({ log: ({ error }) => void errors.push(error) })
    const { status } = await send(app({ forgetful }, { database: db, signals }), 'POST /forgetful')
    const message = 'operation forgetful: answered no status; return { status, body }'
    expect([status, errors]).toMatchObject([500, [{ code: 'misuse', message }]])
  })

  it('may be text of another media type', async () => {
    const csv = operation({
      method: 'GET',
      path: '/csv',
      guard: anyone,
      responses: { 200: content('text/csv') },
      handler: () => ({ status: 200, body: 'a,b\n' }),
    })
    const { text, headers } = await send(app({ csv }, { database: db }), 'GET /csv')
    expect([text, headers.get('content-type')]).toEqual(['a,b\n', 'text/csv; charset=utf-8'])
  })
})

/** Somebody listens, so that an error expected here is not printed. */
function quiet() {
  const signals = createSignals()
  signals.subscribe({ log: () => {} })
  return signals
}
