import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type App, type Incoming, type Outgoing, toProblem } from 'plinth/http'
import type { ServeOptions, Server } from 'plinth/node'
import type { Suite } from './main.ts'

type Handle = (incoming: Incoming) => Outgoing | Promise<Outgoing>
type Serve = (app: App, options: Omit<ServeOptions, 'maxHeaderSize'>) => Promise<Server>

const encoder = new TextEncoder()
const delay = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const suite: Suite = {
  name: 'runtime',
  needs: ['http'],
  cases: [
    {
      name: 'tells a handler how it was asked',
      run: () =>
        served(
          async (incoming) => {
            const { method, path, query, origin, address } = incoming
            const body = new TextDecoder().decode(await incoming.bytes(10))
            const header = incoming.header('x-name')
            return text([method, path, query, origin, address, header, body].join('|'))
          },
          async ({ url }) => {
            const headers = { 'x-name': 'value' }
            const options = { method: 'POST', body: 'body', headers }
            const response = await fetch(`${url}/a%20b?c=d&c=%00`, options)
            const expected = `POST|/a%20b|c=d&c=%00|${url}|127.0.0.1|value|body`
            assert.equal(await response.text(), expected)
          },
        ),
    },
    {
      name: 'writes answers of every kind',
      async run() {
        const bodies: Record<string, () => Outgoing['body']> = {
          '/text': () => 'naïve 🎈',
          '/bytes': () => encoder.encode('naïve 🎈'),
          '/stream': () => streamOf('naïve', ' 🎈'),
        }
        const handle: Handle = ({ path }) => text(bodies[path]?.() ?? null)
        await served(handle, async ({ url }) => {
          for (const path of Object.keys(bodies)) {
            assert.equal(await (await fetch(url + path)).text(), 'naïve 🎈', path)
          }
          assert.equal(await (await fetch(`${url}/nothing`)).text(), '')
        })
      },
    },
    {
      name: 'leaves the body out where there is none',
      run: () =>
        served(
          ({ path }) => text('text', { status: path === '/204' ? 204 : 200 }),
          async ({ url }) => {
            const empty = await fetch(`${url}/204`)
            assert.deepEqual([empty.status, await empty.text()], [204, ''])
            const head = await fetch(url, { method: 'HEAD' })
            assert.equal(head.headers.get('content-length'), '4')
            assert.equal(await head.text(), '')
          },
        ),
    },
    {
      name: 'writes a header line for each of several values',
      run: () =>
        served(
          () => text('x', { headers: { 'set-cookie': ['a=1', 'b=2'] } }),
          async ({ url }) => {
            assert.deepEqual((await fetch(url)).headers.getSetCookie(), ['a=1', 'b=2'])
          },
        ),
    },
    {
      name: 'keeps framing out of the hands of the app',
      run: () =>
        served(
          () => text('text', { headers: { 'content-length': '1', 'transfer-encoding': 'x' } }),
          async ({ url }) => {
            const response = await fetch(url)
            assert.equal(response.headers.get('content-length'), '4')
            assert.equal(await response.text(), 'text')
          },
        ),
    },
    {
      name: 'refuses to send an answer that would split in two',
      async run() {
        const errors: unknown[] = []
        await served(
          () => text('secret', { headers: { 'x-name': 'a\r\nset-cookie: b=c' } }),
          async ({ url }) => {
            const response = await fetch(url)
            assert.equal(response.status, 500)
            assert.equal(response.headers.get('set-cookie'), null)
            assert.equal((await response.json()).code, 'internal_error')
            assert.equal(errors.length, 1)
          },
          { onError: (error) => errors.push(error) },
        )
      },
    },
    {
      name: 'cancels the stream of an answer that it cannot send',
      async run() {
        const cancelled = Promise.withResolvers<void>()
        const stream = new ReadableStream({ cancel: () => cancelled.resolve() })
        await served(
          () => text(stream, { headers: { 'x-name': 'a\nb' } }),
          async ({ url }) => {
            assert.equal((await fetch(url)).status, 500)
            await cancelled.promise
          },
          { onError: () => {} },
        )
      },
    },
    {
      name: 'refuses a body over the limit, announced or not',
      run: () =>
        served(
          async (incoming) => text(String((await incoming.bytes(1_000)).length)),
          async ({ url }) => {
            const announced = await fetch(url, { method: 'POST', body: 'x'.repeat(1_001) })
            assert.equal(announced.status, 413)
            assert.equal((await announced.json()).code, 'body_too_large')
            const body = streamOf('x'.repeat(600), 'x'.repeat(600))
            const chunked = await fetch(url, {
              method: 'POST',
              body,
              duplex: 'half',
            } as RequestInit)
            assert.equal(chunked.status, 413)
            const allowed = await fetch(url, { method: 'POST', body: 'x'.repeat(1_000) })
            assert.equal(await allowed.text(), '1000')
          },
        ),
    },
    {
      name: 'gives a body as a stream, up to its limit',
      run: () =>
        served(
          async (incoming) => text(await new Response(incoming.stream(1_000)).text()),
          async ({ url }) => {
            const send = async (...chunks: string[]) => {
              const init = { method: 'POST', body: streamOf(...chunks), duplex: 'half' }
              return fetch(url, init as RequestInit)
            }
            assert.equal(await (await send('ab', 'cd')).text(), 'abcd')
            const chunked = await send('x'.repeat(600), 'x'.repeat(600))
            assert.equal(chunked.status, 413)
            const announced = await fetch(url, { method: 'POST', body: 'x'.repeat(1_001) })
            assert.equal(announced.status, 413)
          },
        ),
    },
    {
      name: 'answers on when bodies are left unread',
      run: () =>
        served(
          async (incoming) => {
            const reader = incoming.stream(10_000_000).getReader()
            const { value } = await reader.read()
            await reader.cancel()
            return text(String((value?.length ?? 0) > 0))
          },
          async ({ url }) => {
            for (const size of [10, 60_000, 1_000_000, 10, 60_000]) {
              const response = await fetch(url, { method: 'POST', body: 'x'.repeat(size) })
              assert.equal(await response.text(), 'true')
            }
          },
        ),
    },
    {
      name: 'refuses hosts that would choose the path or the origin',
      async run() {
        const reached: string[] = []
        const handle: Handle = ({ origin, path }) => {
          reached.push(origin + path)
          return text('ok')
        }
        await served(handle, async (server) => {
          for (const host of [
            'a/x',
            'a?x',
            'a#x',
            'u@a',
            'a\\x',
            'a,b',
            'a b',
            '',
            '[::1',
            'a:b',
          ]) {
            const received = await send(server, `GET /p HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
            assert.match(received, /^HTTP\/1\.1 400 /, host)
          }
          const twice = await send(server, 'GET /p HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
          assert.match(twice, /^HTTP\/1\.1 400 /)
          assert.deepEqual(reached, [])
          await send(server, 'GET /p HTTP/1.1\r\nHost: Shop.example:80\r\n\r\n')
          assert.deepEqual(reached, ['http://shop.example/p'])
        })
      },
    },
    {
      name: 'refuses requests whose end could be read in two ways',
      async run() {
        const reached: string[] = []
        const handle: Handle = async (incoming) => {
          await incoming.bytes(100)
          reached.push(incoming.path)
          return text('ok')
        }
        await served(handle, async (server) => {
          const framings = [
            'Content-Length: 3\r\nTransfer-Encoding: chunked',
            'Content-Length: 3\r\nContent-Length: 4',
            'Content-Length: +3',
            'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
          ]
          for (const framing of framings) {
            const request = `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n0\r\n\r\n`
            await send(server, `${request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
          }
          assert.deepEqual(
            reached.filter((path) => path !== '/'),
            [],
          )
        })
      },
    },
    {
      name: 'believes forwarding headers of trusted proxies alone',
      async run() {
        const tell: Handle = ({ address, origin }) => text(`${address} ${origin}`)
        const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
        await served(tell, async ({ url }) => {
          assert.equal(await (await fetch(url, { headers })).text(), `127.0.0.1 ${url}`)
        })
        const trusting = { trustedProxies: ['127.0.0.1'] }
        await served(
          tell,
          async ({ url }) => {
            const expected = `203.0.113.7 ${url.replace('http:', 'https:')}`
            assert.equal(await (await fetch(url, { headers })).text(), expected)
          },
          trusting,
        )
      },
    },
    {
      name: 'aborts the signal of a request whose client goes',
      async run() {
        const began = Promise.withResolvers<void>()
        const aborted = Promise.withResolvers<string>()
        const handle: Handle = async ({ signal }) => {
          began.resolve()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          aborted.resolve(signal.reason.name)
          return text('nobody reads this')
        }
        await served(handle, async ({ url }) => {
          const client = new AbortController()
          const response = fetch(url, { signal: client.signal }).catch(() => {})
          await began.promise
          client.abort()
          assert.equal(await aborted.promise, 'AbortError')
          await response
        })
      },
    },
    {
      name: 'leaves the signal of an answered request alone',
      async run() {
        const signals: AbortSignal[] = []
        const handle: Handle = ({ signal, path }) => {
          signals.push(signal)
          return text(path === '/stream' ? streamOf('a', 'b') : 'text')
        }
        await served(handle, async ({ url }) => {
          await (await fetch(url)).text()
          await (await fetch(`${url}/stream`)).text()
          await delay(50)
          assert.deepEqual(
            signals.map(({ aborted }) => aborted),
            [false, false],
          )
        })
      },
    },
    {
      name: 'cancels a stream that nobody reads any more',
      async run() {
        const cancelled = Promise.withResolvers<void>()
        const errors: unknown[] = []
        const handle: Handle = () =>
          text(
            new ReadableStream({
              async pull(controller) {
                await delay(10)
                controller.enqueue(encoder.encode('tick'))
              },
              cancel: () => cancelled.resolve(),
            }),
          )
        await served(
          handle,
          async ({ url }) => {
            const client = new AbortController()
            const response = await fetch(url, { signal: client.signal })
            await response.body?.getReader().read()
            client.abort()
            await cancelled.promise
            assert.deepEqual(errors, [])
          },
          { onError: (error) => errors.push(error) },
        )
      },
    },
    {
      name: 'reports a stream that breaks, and cuts it off',
      async run() {
        const errors: unknown[] = []
        const broken = new Error('broken')
        let pulls = 0
        const handle: Handle = () =>
          text(
            new ReadableStream({
              async pull(controller) {
                await delay(10)
                if (pulls++ === 0) controller.enqueue(encoder.encode('first'))
                else controller.error(broken)
              },
            }),
          )
        await served(
          handle,
          async ({ url }) => {
            const response = await fetch(url)
            await assert.rejects(response.text())
            assert.deepEqual(errors, [broken])
          },
          { onError: (error) => errors.push(error) },
        )
      },
    },
    {
      name: 'finishes what runs before the app is closed',
      async run() {
        const order: string[] = []
        const began = Promise.withResolvers<void>()
        const handle: Handle = async () => {
          began.resolve()
          await delay(100)
          order.push('handler')
          return text(streamOf('fin', 'ished'))
        }
        const server = await start(handle, {
          close: async () => void order.push('app'),
        })
        const answer = fetch(server.url).then((response) => response.text())
        await began.promise
        const closing = server.close()
        assert.equal(server.close(), server.close())
        await assert.rejects(send(server, ''))
        assert.equal(await answer, 'finished')
        await closing
        assert.deepEqual(order, ['handler', 'app'])
      },
    },
    {
      name: 'answers while it drains, and ends each connection',
      async run() {
        const server = await start(() => text('ok'), { options: { drainDelay: 300 } })
        const closing = server.close()
        assert.match(await sendToEnd(server, GET), /\r\nconnection: close\r\n[\s\S]*ok$/i)
        await closing
        await assert.rejects(send(server, ''))
      },
    },
    {
      name: 'aborts what outlives the deadline before the app is closed',
      async run() {
        const order: string[] = []
        const began = Promise.withResolvers<void>()
        const handle: Handle = async ({ signal }) => {
          began.resolve()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          await delay(20)
          order.push('handler')
          return text('too late')
        }
        const server = await start(handle, {
          close: async () => void order.push('app'),
          options: { shutdownTimeout: 20 },
        })
        const answer = fetch(server.url).catch(() => {})
        await began.promise
        await server.close()
        assert.deepEqual(order, ['handler', 'app'])
        await answer
      },
    },
    {
      name: 'ends a stream that outlives the deadline',
      async run() {
        const cancelled = Promise.withResolvers<void>()
        const handle: Handle = () =>
          text(
            new ReadableStream({
              async pull(controller) {
                await delay(10)
                controller.enqueue(encoder.encode('tick'))
              },
              cancel: () => cancelled.resolve(),
            }),
          )
        const server = await start(handle, { options: { shutdownTimeout: 20 } })
        const answer = await fetch(server.url)
        const rest = answer.text().catch(() => {})
        await server.close()
        await cancelled.promise
        await rest
      },
    },
    {
      name: 'says what is wrong with the port',
      async run() {
        await served(
          () => text('ok'),
          async ({ port }) => {
            await assert.rejects(
              start(() => text('ok'), { options: { port } }),
              { code: 'listen_failed', message: /already in use/ },
            )
            await assert.rejects(
              start(() => text('ok'), { options: { port: 70_000 } }),
              { code: 'misuse', message: /port must be a whole number/ },
            )
          },
        )
      },
    },
  ],
}

function text(body: Outgoing['body'], rest: Partial<Outgoing> = {}): Outgoing {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body, ...rest }
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      controller.close()
    },
  })
}

/** Serves a handler for as long as `use` takes. */
async function served(
  handle: Handle,
  use: (server: Server) => Promise<void>,
  options: ServeOptions = {},
): Promise<void> {
  const server = await start(handle, { options })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

async function start(
  handle: Handle,
  { close = async () => {}, options = {} }: { close?: () => Promise<void>; options?: ServeOptions },
): Promise<Server> {
  const serve = await findServe()
  const app: App = {
    close,
    fetch: () => Promise.reject(new Error('not used by runtimes that listen')),
    async handle(incoming) {
      try {
        return await handle(incoming)
      } catch (error) {
        const problem = toProblem(error)
        return { status: problem.status, headers: {}, body: JSON.stringify(problem) }
      }
    },
  }
  const quiet = { port: 0, hostname: '127.0.0.1', signals: false, onListen: () => {} }
  return serve(app, { ...quiet, ...options })
}

async function findServe(): Promise<Serve> {
  if ('Bun' in globalThis) return (await import('plinth/bun')).serve
  if ('Deno' in globalThis) return (await import('plinth/deno')).serve
  return (await import('plinth/node')).serve
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Sends a request as it stands and returns what comes back until the server ends the connection. */
function sendToEnd({ port }: Server, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let received = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  socket.on('data', (chunk) => {
    received += String(chunk)
  })
  socket.once('end', () => {
    socket.end()
    resolve(received)
  })
  socket.once('error', reject)
  return promise
}

/** Sends a request as it stands and returns what comes back within the first packet. */
function send({ port }: Server, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  socket.once('data', (chunk) => {
    socket.destroy()
    resolve(String(chunk))
  })
  socket.once('error', reject)
  socket.once('close', () => resolve(''))
  return promise
}
