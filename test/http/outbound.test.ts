import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anyone, createApp, defineOperation, type Fetch } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { record, send } from './send.ts'

const define = defineOperation()

/** What the other server was asked, and when it saw a request given up. */
const asked: IncomingMessage[] = []
let givenUp = Promise.withResolvers<void>()
let other: string

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  asked.push(request)
  if (request.url?.startsWith('/slow')) {
    response.once('close', () => givenUp.resolve())
    return
  }
  response.statusCode = request.url?.startsWith('/missing') ? 404 : 200
  response.end('hello')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  other = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** An app whose only operation asks others. */
function asking(use: (fetch: Fetch) => Promise<unknown>, signals = createSignals()) {
  return createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard: anyone,
        timeout: 300,
        responses: { 200: v.string() },
        handler: async ({ fetch }) => ({ status: 200, body: String(await use(fetch)) }),
      }),
    },
    signals,
  })
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('requests to others', () => {
  it('carry the trace on and are recorded', async () => {
    const { signals, spans } = record()
    const app = asking(async (fetch) => {
      await fetch(new Request(`${other}/missing`, { method: 'POST', body: 'x' }))
      return (await fetch(`${other}/data?token=secret`)).text()
    }, signals)
    const headers = { traceparent: TRACEPARENT, tracestate: 'a=b' }
    expect((await send(app, 'GET /', { headers })).text).toBe('"hello"')
    const [missing, data, whole] = spans
    expect(missing).toMatchObject({
      name: 'POST',
      kind: 'client',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: whole?.spanId,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 404,
        'error.type': '404',
        'url.full': `${other}/missing`,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(other).port),
      },
    })
    expect(data?.attributes['url.full']).toBe(`${other}/data`)
    expect(data?.attributes['error.type']).toBeUndefined()
    expect(JSON.stringify(spans)).not.toContain('secret')
    const last = asked.at(-1)?.headers
    expect(last?.['traceparent']).toBe(`00-${data?.traceId}-${data?.spanId}-01`)
    expect(last?.['tracestate']).toBe('a=b')
  })

  it('pass a trace on that nobody records here', async () => {
    const app = asking((fetch) => fetch(other))
    await send(app, 'GET /', { headers: { traceparent: TRACEPARENT } })
    expect(asked.at(-1)?.headers['traceparent']).toBe(TRACEPARENT)
    await send(app, 'GET /', { headers: { traceparent: 'nonsense' } })
    expect(asked.at(-1)?.headers['traceparent']).toBeUndefined()
  })

  it('keep what they were given', async () => {
    const app = asking(async (fetch) => {
      await fetch(other, { headers: { traceparent: 'own', 'x-a': '1' } })
      await fetch(new Request(other, { headers: { 'x-b': '2' } }), { method: 'PUT' })
    }, record().signals)
    await send(app, 'GET /')
    expect(asked.at(-2)?.headers).toMatchObject({ traceparent: 'own', 'x-a': '1' })
    expect(asked.at(-1)).toMatchObject({ method: 'PUT', headers: { 'x-b': '2' } })
  })

  it('are given up with the request at its time limit', async () => {
    givenUp = Promise.withResolvers()
    const { signals, spans } = record()
    const { status, body } = await send(
      asking((fetch) => fetch(`${other}/slow`), signals),
      'GET /',
    )
    expect([status, body]).toEqual([503, expect.objectContaining({ code: 'timeout' })])
    await givenUp.promise
    await expect.poll(() => spans.some(({ kind, error }) => kind === 'client' && error)).toBe(true)
  })

  it('are given up when the client goes away', async () => {
    givenUp = Promise.withResolvers()
    const app = asking((fetch) => fetch(`${other}/slow`))
    const client = new AbortController()
    const before = asked.length
    const answer = app.fetch(new Request('https://shop.example/', { signal: client.signal }))
    await expect.poll(() => asked.length).toBeGreaterThan(before)
    client.abort()
    await givenUp.promise
    expect((await answer).status).toBe(499)
  })

  it('are given up by a signal of their own', async () => {
    for (const bySignal of [
      (fetch: Fetch, signal: AbortSignal) => fetch(other, { signal }),
      (fetch: Fetch, signal: AbortSignal) => fetch(new Request(other, { signal })),
    ]) {
      const { status, text } = await send(
        asking((fetch) => bySignal(fetch, AbortSignal.abort()).catch(({ name }) => name)),
        'GET /',
      )
      expect([status, text]).toEqual([200, '"AbortError"'])
    }
  })

  it('fail as the platform lets them', async () => {
    const { signals, spans } = record()
    const app = asking((fetch) => fetch('not a url').catch(({ name }) => name), signals)
    expect((await send(app, 'GET /')).text).toBe('"TypeError"')
    expect(spans[0]).toMatchObject({ name: 'GET', attributes: { 'error.type': 'TypeError' } })
    expect(spans[0]?.error).toBeInstanceOf(TypeError)
  })
})
