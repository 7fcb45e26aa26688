import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Call, type ClientOptions, client } from 'plinth/client'
import { describe, expect, it, onTestFinished } from 'vitest'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** A server on a real socket; gives its address. */
async function listen(handle: Handle): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Any = Call<{ body?: unknown }, { 200: AsyncIterable<{ data: unknown }> }>

function connect(url: string, options: ClientOptions = {}) {
  const operations = {
    read: ['GET', '/thing', { answers: { 200: 'json' } }],
    write: ['POST', '/thing', { answers: { 200: 'json' } }],
    feed: ['GET', '/feed', { answers: { 200: 'events', 204: 'none' } }],
  } as const
  const api = client(url, { operations, retries: { pause: 1 }, ...options })
  return api as unknown as Record<keyof typeof operations, Any>
}

const json = { 'content-type': 'application/json' }

describe('over a network the client', () => {
  it('sends no credentials where a redirect leads', async () => {
    const seen: (string | undefined)[] = []
    const other = await listen((request, response) => {
      seen.push(request.headers.authorization, request.headers.cookie)
      response.writeHead(200, json).end('{"from":"elsewhere"}')
    })
    const url = await listen((_, response) => {
      response.writeHead(307, { location: `${other.replace('127.0.0.1', 'localhost')}/x` }).end()
    })
    await connect(url, { token: 'secret' }).read()
    expect(seen).toEqual([undefined, undefined])
  })

  it('follows no circle of redirects for ever', async () => {
    const url = await listen((_, response) => response.writeHead(302, { location: '/thing' }).end())
    const answer = await connect(url, { retries: 0 }).read()
    expect(answer).toMatchObject({ status: 0, body: { code: 'network' } })
  })

  it('repeats a read whose connection was reset', async () => {
    let count = 0
    const url = await listen((request, response) => {
      if (++count < 3) request.socket.destroy()
      else response.writeHead(200, json).end('{"count":3}')
    })
    expect(await connect(url).read()).toMatchObject({ status: 200, body: { count: 3 } })
    count = 0
    expect(await connect(url).write({ body: {} })).toMatchObject({ status: 0 })
    expect(count).toBe(1)
  })

  it('repeats a read whose answer broke off', async () => {
    let count = 0
    const url = await listen((_, response) => {
      response.writeHead(200, { ...json, 'content-length': '12' })
      if (++count > 1) response.end('{"whole":12}')
      else response.write('{"half', () => response.socket?.destroy())
    })
    expect(await connect(url).read()).toMatchObject({ status: 200, body: { whole: 12 } })
  })

  it('is told of a server that is no server', async () => {
    const url = await listen((_, response) => response.socket?.end('HELLO\r\n\r\n'))
    const answer = await connect(url, { retries: 0 }).read()
    expect(answer).toMatchObject({ status: 0, body: { code: 'network' } })
  })

  it('comes back to a stream that was cut, with the last id', async () => {
    const ids: (string | undefined)[] = []
    const url = await listen((request, response) => {
      ids.push(request.headers['last-event-id']?.toString())
      if (ids.length === 3) return void response.writeHead(204).end()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const event = `id: ${ids.length}\nretry: 1\ndata: ${ids.length}\n\n`
      response.write(event, () => setTimeout(() => response.socket?.destroy(), 20))
    })
    const answer = await connect(url).feed()
    if (answer.status !== 200) throw new Error('no stream')
    const received: unknown[] = []
    for await (const { data } of answer.body) received.push(data)
    expect(received).toEqual([1, 2])
    expect(ids).toEqual([undefined, '1', '2'])
  })

  it('hangs up when a stream is left or aborted', async () => {
    let gone = 0
    const closed = Promise.withResolvers<void>()
    const url = await listen((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      response.on('close', () => ++gone === 2 && closed.resolve())
    })
    const left = await connect(url).feed()
    if (left.status === 200) for await (const _ of left.body) break
    const controller = new AbortController()
    const aborted = await connect(url).feed({ signal: controller.signal })
    controller.abort(new Error('enough'))
    const iterate = async () => {
      if (aborted.status === 200) for await (const _ of aborted.body);
    }
    await expect(iterate()).rejects.toThrow('enough')
    await closed.promise
  })
})
