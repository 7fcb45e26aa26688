import { Hono } from 'hono'
import { anyone, createApp, defineOperation } from 'plinth/http'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { send, statuses } from './served.ts'

const echo = defineOperation()({
  method: 'POST',
  path: '/echo',
  guard: anyone,
  transaction: false,
  body: v.object({ text: v.string() }),
  bodyLimit: 100,
  responses: { 200: v.object({ text: v.string() }) },
  handler: ({ body }) => ({ status: 200, body }),
})

const hang = defineOperation()({
  method: 'POST',
  path: '/hang',
  guard: anyone,
  transaction: false,
  timeout: 50,
  body: v.object({}),
  responses: { 204: null },
  handler: () => ({ status: 204 }),
})

const legacy = new Hono()
legacy.post('/legacy', async (c) => c.text(`${c.req.url} ${(await c.req.text()).length}`))

async function serveShop() {
  const app = createApp({ operations: { echo, hang }, fallback: legacy.fetch })
  const server = await serve(app, {
    port: 0,
    hostname: '127.0.0.1',
    signals: false,
    onListen: () => {},
  })
  onTestFinished(() => server.close())
  return server
}

function post(url: string, body: BodyInit): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
}

describe('an app of operations on Node', () => {
  it('answers JSON with JSON', async () => {
    const { url } = await serveShop()
    const response = await post(`${url}/echo`, JSON.stringify({ text: 'naïve 🎈' }))
    expect(await response.json()).toEqual({ text: 'naïve 🎈' })
  })

  it('refuses a body over its limit with and without a length', async () => {
    const { url } = await serveShop()
    const large = JSON.stringify({ text: 'x'.repeat(100) })
    for (const body of [large, new Blob([large]).stream()]) {
      const response = await post(`${url}/echo`, body)
      expect(response.status).toBe(413)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await response.json()).toMatchObject({ code: 'body_too_large' })
    }
  })

  it('gives up a body that does not come, and its connection', async () => {
    const server = await serveShop()
    const head = ['POST /hang HTTP/1.1', 'Host: a', 'Content-Type: application/json']
    const received = await send(server, ...head, 'Content-Length: 100000', '', '{')
    expect(statuses(received)).toEqual([503])
    expect(received).toContain('connection: close')
  })

  it('hands other paths to a Hono app, body and all', async () => {
    const { url } = await serveShop()
    const response = await post(`${url}/legacy?a=b`, 'x'.repeat(200_000))
    expect(await response.text()).toBe(`${url}/legacy?a=b 200000`)
  })
})
