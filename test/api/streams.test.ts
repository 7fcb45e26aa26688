import { anyone, events, lines, operation } from 'plinth/api'
import { createSignals, type LogRecord } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { app, database, send } from './fixture.ts'
import { countries } from './tables.ts'

const Shown = v.object({ name: v.string(), at: v.optional(v.date()) })
/** What a handler has at hand holds more than it declares. */
const row = { name: 'Ada', passwordHash: 'secret', at: new Date(0) }

async function* of<T>(...items: T[]): AsyncGenerator<T, void> {
  yield* items
}

async function serving(answering: Parameters<typeof app>[0][string]) {
  const logs: LogRecord[] = []
  const signals = createSignals()
  signals.subscribe({ log: (log) => void logs.push(log) })
  return { app: app({ it: answering }, { database: await database([countries]), signals }), logs }
}

const base = { method: 'GET', path: '/x', guard: anyone } as const

describe('the items of a stream', () => {
  it('[ASVS 15.3.1] hold what their schema names and nothing else', async () => {
    const json = '{"name":"Ada","at":"1970-01-01T00:00:00.000Z"}'
    const asLines = await serving(
      operation({
        ...base,
        responses: { 200: lines(Shown) },
        handler: () => ({ status: 200, body: of(row, row) }),
      }),
    )
    expect((await send(asLines.app, 'GET /x')).text).toBe(`${json}\n${json}\n`)
    const asEvents = await serving(
      operation({
        ...base,
        responses: { 200: events(Shown) },
        handler: () => ({ status: 200, body: of({ id: '1', data: row }) }),
      }),
    )
    expect((await send(asEvents.app, 'GET /x')).text).toBe(`id: 1\ndata: ${json}\n\n`)
  })

  it('come from the database one by one', async () => {
    const db = await database([countries])
    const rows = ['AT', 'DE', 'FR'].map((code) => ({ code, name: `Land ${code}` }))
    await db.system.createMany(countries, rows)
    const export_ = operation({
      ...base,
      responses: { 200: lines(v.object({ code: v.string() })) },
      handler: ({ db }) => ({
        status: 200,
        body: db.stream(countries, { orderBy: { code: 'asc' } }),
      }),
    })
    const { text } = await send(app({ export_ }, { database: db }), 'GET /x')
    expect(text).toBe('{"code":"AT"}\n{"code":"DE"}\n{"code":"FR"}\n')
  })

  it('[ASVS 15.3.1] of another library hold what its schema gives back', async () => {
    const { app } = await serving(
      operation({
        ...base,
        responses: { 200: lines(z.object({ name: z.string().toUpperCase() })) },
        handler: () => ({ status: 200, body: of(row) }),
      }),
    )
    expect((await send(app, 'GET /x')).text).toBe('{"name":"ADA"}\n')
  })

  it('that do not match break the stream and do not leave', async () => {
    const { app, logs } = await serving(
      operation({
        ...base,
        responses: { 200: lines(z.object({ name: z.string() })) },
        handler: () => ({
          status: 200,
          body: of({ name: 'Ada' }, { name: 7, secret: 's3' } as never),
        }),
      }),
    )
    const response = await app.fetch(new Request('http://localhost/x'))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"name":"Ada"}\n')
    await expect(reader.read()).rejects.toMatchObject({ code: 'stream_failed' })
    expect(logs[0]?.error).toMatchObject({ code: 'misuse' })
  })
})

describe('an answer of another library', () => {
  const answering = (schema: z.ZodType<unknown, never>, body: unknown) =>
    operation({
      ...base,
      responses: { 200: schema },
      handler: () => ({ status: 200, body: body as never }),
    })

  it('[ASVS 15.3.1] is what the schema gives back', async () => {
    const { app } = await serving(answering(z.object({ name: z.string() }) as never, row))
    expect((await send(app, 'GET /x')).body).toEqual({ name: 'Ada' })
  })

  it.each([
    ['that does not match', z.object({ name: z.number() })],
    ['that is found out later', z.object({ name: z.string() }).refine(async () => true)],
  ])('%s fails and does not leave', async (_, schema) => {
    const { app, logs } = await serving(answering(schema as never, row))
    const { status, text } = await send(app, 'GET /x')
    expect(status).toBe(500)
    expect(text).not.toContain('Ada')
    expect(logs).toMatchObject([{ level: 'error', error: { code: 'misuse' } }])
  })
})

describe('an answer that is not declared', () => {
  it.each([
    [
      'a status',
      { status: 201, body: row },
      'operation it: answered 201, which it does not declare',
    ],
    ['a body', { status: 204, body: row }, 'null and undefined'],
    ['no status', { body: row }, 'answered no status'],
    ['nothing', undefined, 'answered no status'],
  ])('of %s is told in the log and not to the caller', async (_, answer, message) => {
    const { app, logs } = await serving(
      operation({
        ...base,
        responses: { 200: Shown, 204: null },
        handler: () => answer as never,
      }),
    )
    const { status, text } = await send(app, 'GET /x')
    expect([status, text.includes('Ada')]).toEqual([500, false])
    expect(String(logs[0]?.error)).toContain(message)
  })
})
