import { createServer } from 'node:net'
import type { App } from 'plinth/http'
import { serve } from 'plinth/node'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { appOf, open, readToEnd, readUntil, send, served, statuses, text } from './served.ts'

afterEach(() => vi.unstubAllEnvs())

const quiet = { port: 0, hostname: '127.0.0.1', signals: false, onListen: () => {} }
const GET = ['GET / HTTP/1.1', 'Host: a', '', ''].join('\r\n')

describe('the address of a server', () => {
  it('is told to whoever asks', async () => {
    const told: string[] = []
    const server = await served(() => text('ok'), { onListen: (url) => told.push(url) })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect(told).toEqual([server.url])
    expect(await (await fetch(server.url)).text()).toBe('ok')
  })

  it('is all of the machine when none is chosen, and printed', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => printed.mockRestore())
    const server = await serve(
      appOf(() => text('ok')),
      { port: 0, signals: false },
    )
    onTestFinished(() => server.close())
    expect(printed.mock.calls).toEqual([[`Listening at ${server.url}`]])
    expect(server.url).toBe(`http://localhost:${server.port}`)
    expect(await (await fetch(`http://127.0.0.1:${server.port}`)).text()).toBe('ok')
  })

  it('has the port that the environment names', async () => {
    const { port } = await served(() => text('ok')).then(async (server) => {
      await server.close()
      return server
    })
    vi.stubEnv('PORT', String(port))
    const server = await serve(
      appOf(() => text('ok')),
      { hostname: '127.0.0.1', signals: false },
    )
    onTestFinished(() => server.close())
    expect(server.port).toBe(port)
  })

  it.each(['http', '80a', '-1', '65536', '1e3', ' 80', '0x50', '123456'])(
    'is not taken from a PORT of "%s"',
    async (value) => {
      vi.stubEnv('PORT', value)
      const serving = serve(
        appOf(() => text('ok')),
        { signals: false },
      )
      await expect(serving).rejects.toThrow(
        `environment variable PORT: must be a whole number from 0 to 65535; got "${value}"`,
      )
    },
  )

  it('names the port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const serving = served(() => text('ok'), { port })
    await expect(serving).rejects.toThrow(`serve(): port ${port} on 127.0.0.1 is already in use`)
    await expect(serving).rejects.toMatchObject({ code: 'listen_failed' })
  })

  it('names the address that the machine does not have', async () => {
    const serving = served(() => text('ok'), { hostname: '192.0.2.1' })
    await expect(serving).rejects.toThrow('serve(): port 0 on 192.0.2.1 cannot be opened')
  })
})

describe('the client of a request', () => {
  const told = ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: b']
  const lines = ['GET / HTTP/1.1', 'Host: a', ...told, 'Connection: close', '', '']
  const tell = ({ address, origin }: { address: string | undefined; origin: string }) =>
    text(`${address} ${origin}`)

  it('[ASVS 15.3.4] [family 5] is the peer, whatever headers say', async () => {
    const server = await served(tell)
    expect(await send(server, ...lines)).toMatch(/127\.0\.0\.1 http:\/\/a$/)
  })

  it('[ASVS 15.3.4] is who a trusted proxy says', async () => {
    const server = await served(tell, { trustedProxies: ['127.0.0.0/8'] })
    expect(await send(server, ...lines)).toMatch(/203\.0\.113\.7 https:\/\/b$/)
  })

  it('is the peer when another proxy is trusted', async () => {
    const server = await served(tell, { trustedProxies: ['10.0.0.1'] })
    expect(await send(server, ...lines)).toMatch(/127\.0\.0\.1 http:\/\/a$/)
  })

  it('has one spelling where both versions of IP are heard', async () => {
    const server = await served(tell, { hostname: '::' })
    expect(await send(server, ...lines)).toMatch(/\n127\.0\.0\.1 http:\/\/a$/)
  })

  it('is unknown to a proxy setting that is no address', async () => {
    const serving = served(tell, { trustedProxies: ['10.0.0.0/33'] })
    await expect(serving).rejects.toMatchObject({ code: 'misuse' })
  })
})

describe('closing a server', () => {
  it('lets a running request finish and ends its connection', async () => {
    const finish = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const closed: string[] = []
    const app = appOf(
      async () => {
        began.resolve()
        await finish.promise
        return text('finished')
      },
      async () => void closed.push('app'),
    )
    const server = await serve(app, quiet)
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write(GET)
    await began.promise
    const closing = server.close().then(() => closed.push('server'))
    await expect(open(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(closed).toEqual([])
    finish.resolve()
    const received = await answer
    expect(received).toMatch(/finished$/)
    expect(received).toContain('connection: close')
    await closing
    expect(closed).toEqual(['app', 'server'])
  })

  it('answers everything while it drains, and ends each connection', async () => {
    const told: string[] = []
    const app: App = {
      ...appOf(
        () => text('ok'),
        async () => void told.push('close'),
      ),
      drain: () => void told.push('drain'),
    }
    const server = await serve(app, { ...quiet, drainDelay: 500 })
    const known = await open(server)
    known.write(GET)
    await readUntil(known, 'ok')
    const closing = server.close()
    expect(told).toEqual(['drain'])
    const last = readToEnd(known)
    known.write(GET)
    const received = [await last, await send(server, GET)]
    for (const answer of received) expect(answer).toMatch(/connection: close[\s\S]*ok$/i)
    expect(told).toEqual(['drain'])
    await closing
    expect(told).toEqual(['drain', 'close'])
    await expect(open(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('lets streams of events begin until it accepts no more', async () => {
    const server = await served(
      () =>
        text(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
          }),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
      { drainDelay: 300, shutdownTimeout: 60_000 },
    )
    const closing = server.close()
    expect(await send(server, GET)).toMatch(/data: 1\n\n\r\n0\r\n\r\n$/)
    await closing
  })

  it('ends idle connections, used and never used', async () => {
    const server = await served(() => text('ok'), { shutdownTimeout: 60_000 })
    const used = await open(server)
    used.write(GET)
    await readUntil(used, 'ok')
    const unused = await open(server)
    const half = await open(server)
    half.write('GET / HT')
    const ends = Promise.all([readToEnd(used), readToEnd(unused), readToEnd(half)])
    await server.close()
    expect(await ends).toEqual(['', '', ''])
  })

  it('ends a connection whose answer had begun before', async () => {
    const finish = Promise.withResolvers<void>()
    const server = await served(
      () =>
        text(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
            async pull(controller) {
              await finish.promise
              controller.enqueue(new TextEncoder().encode('last'))
              controller.close()
            },
          }),
        ),
      { shutdownTimeout: 60_000 },
    )
    const socket = await open(server)
    const all = readToEnd(socket)
    const first = readUntil(socket, 'first')
    socket.write(GET)
    await first
    const closing = server.close()
    finish.resolve()
    await closing
    expect(await all).toMatch(/first[\s\S]*last\r\n0\r\n\r\n$/)
  })

  it('aborts what outlives the deadline before the app is closed', async () => {
    const order: string[] = []
    const began = Promise.withResolvers<void>()
    const app = appOf(
      async ({ signal }) => {
        began.resolve()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        await new Promise((resolve) => setTimeout(resolve, 10))
        order.push('handler')
        return text('too late')
      },
      async () => void order.push('app'),
    )
    const options = { port: 0, hostname: '127.0.0.1', signals: false, shutdownTimeout: 50 }
    const server = await serve(app, options)
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write(GET)
    await began.promise
    await server.close()
    expect(order).toEqual(['handler', 'app'])
    expect(await answer).toBe('')
  })

  it('does not wait for ever on a handler that ignores being aborted', async () => {
    const began = Promise.withResolvers<void>()
    const server = await served(() => {
      began.resolve()
      return new Promise(() => {})
    })
    const socket = await open(server)
    socket.write(GET)
    await began.promise
    await server.close()
  })

  it('waits for a handler whose client has gone', async () => {
    const order: string[] = []
    const began = Promise.withResolvers<void>()
    const app = appOf(
      async ({ signal }) => {
        began.resolve()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        await new Promise((resolve) => setTimeout(resolve, 50))
        order.push('handler')
        return text('nobody reads this')
      },
      async () => void order.push('app'),
    )
    const server = await serve(app, quiet)
    const socket = await open(server)
    socket.write(GET)
    await began.promise
    socket.destroy()
    await server.close()
    expect(order).toEqual(['handler', 'app'])
  })

  it('happens once, however often it is asked for', async () => {
    let closed = 0
    const app = appOf(
      () => text('ok'),
      async () => void closed++,
    )
    const server = await serve(app, quiet)
    await Promise.all([server.close(), server.close()])
    await server.close()
    expect(closed).toBe(1)
  })

  it('fails when the app cannot be closed', async () => {
    const broken = new Error('disk full')
    const app = appOf(
      () => text('ok'),
      () => Promise.reject(broken),
    )
    const server = await serve(app, quiet)
    await expect(server.close()).rejects.toBe(broken)
  })

  it('sends all of an answer that the client has yet to read', async () => {
    const size = 20_000_000
    const server = await served(() => text('x'.repeat(size)), { shutdownTimeout: 60_000 })
    const socket = await open(server)
    socket.pause()
    socket.write(GET)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const closing = server.close()
    const answer = readToEnd(socket)
    socket.resume()
    const received = await answer
    await closing
    expect(received.length).toBeGreaterThan(size)
    expect(statuses(received.slice(0, 100))).toEqual([200])
  })
})
