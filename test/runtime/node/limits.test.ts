import type { App } from 'plinth/http'
import { serve } from 'plinth/node'
import { describe, expect, it } from 'vitest'
import { appOf, open, readToEnd, readUntil, send, served, statuses, text } from './served.ts'

const GET = ['GET / HTTP/1.1', 'Host: a', '', ''].join('\r\n')

describe('a client that is too slow', () => {
  it('with its headers is answered 408', async () => {
    const server = await served(() => text('ok'), { headersTimeout: 100 })
    const received = await send(server, 'GET / HTTP/1.1', 'Host: a', 'X-Slow: ')
    expect(statuses(received)).toEqual([408])
    expect(received).toContain('"code":"request_timeout"')
  })

  it('with its first byte is answered 408', async () => {
    const server = await served(() => text('ok'), { headersTimeout: 100 })
    expect(statuses(await readToEnd(await open(server)))).toEqual([408])
  })

  it('with its body is answered 408, and the handler told', async () => {
    const failure = Promise.withResolvers<unknown>()
    const server = await served(
      async (incoming) => {
        await Promise.resolve(incoming.bytes(10)).catch(failure.resolve)
        return text('ok')
      },
      { headersTimeout: 100, requestTimeout: 150 },
    )
    const lines = ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 9', '', 'abc']
    expect(statuses(await send(server, ...lines))).toEqual([408])
    expect(await failure.promise).toMatchObject({ code: 'body_incomplete' })
  })

  it('with its next request is disconnected', async () => {
    const server = await served(() => text('ok'), { idleTimeout: 50 })
    expect(statuses(await send(server, GET))).toEqual([200])
  })

  it('to read its answer is disconnected', async () => {
    const cancelled = Promise.withResolvers<void>()
    const server = await served(
      () =>
        text(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
            cancel: () => cancelled.resolve(),
          }),
        ),
      { idleTimeout: 200 },
    )
    const socket = await open(server)
    socket.pause()
    socket.write(GET)
    await cancelled.promise
  })

  it('is not taken for one whose handler takes its time', async () => {
    const server = await served(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        return text('done')
      },
      { idleTimeout: 50 },
    )
    expect(await send(server, GET)).toMatch(/done$/)
  })
})

describe('connections beyond the limit', () => {
  it('are closed at once, and the others served', async () => {
    const server = await served(() => text('ok'), { maxConnections: 1 })
    const first = await open(server)
    first.write(GET)
    await readUntil(first, 'ok')
    expect(await readToEnd(await open(server))).toBe('')
    const answer = readUntil(first, 'ok')
    first.write(GET)
    await answer
  })
})

describe('requests sent before an answer is read', () => {
  it('are taken one after another', async () => {
    const gate = Promise.withResolvers<void>()
    const taken: string[] = []
    const server = await served(async ({ path }) => {
      taken.push(path)
      if (path === '/1') await gate.promise
      return text(path)
    })
    const socket = await open(server)
    socket.write(['/1', '/2', '/3'].map((path) => GET.replace('/', path)).join(''))
    await send(server, 'GET /other HTTP/1.1', 'Host: a', 'Connection: close', '', '')
    expect(taken).toEqual(['/1', '/other'])
    gate.resolve()
    const received = await readUntil(socket, '\r\n/3')
    expect(received.match(/\r\n\/\d/g)).toEqual(['\r\n/1', '\r\n/2', '\r\n/3'])
  })

  it('wait while the answer before them is not read', async () => {
    const taken: string[] = []
    const server = await served(({ path }) => {
      taken.push(path)
      return text(path === '/large' ? 'x'.repeat(32_000_000) : 'ok')
    })
    const socket = await open(server)
    socket.pause()
    socket.write(GET.replace('/', '/large') + GET.replace('/', '/behind').repeat(10))
    for (let other = 0; other < 3; other++) {
      await send(server, 'GET /other HTTP/1.1', 'Host: a', 'Connection: close', '', '')
    }
    expect(taken).toEqual(['/large', '/other', '/other', '/other'])
  })

  it('end the connection when they are too many', async () => {
    const never = Promise.withResolvers<void>()
    let taken = 0
    const server = await served(async () => {
      taken += 1
      await never.promise
      return text('ok')
    })
    expect(statuses(await send(server, GET.repeat(500)))).toEqual([])
    expect(taken).toBe(1)
  })
})

describe('what cannot be served', () => {
  it.each<[string, unknown, object, string]>([
    ['a promise', Promise.resolve(), {}, 'got a promise: write serve(await backend(...))'],
    ['nothing', undefined, {}, 'expected an app, such as that of backend(); got undefined'],
    ['a misspelt option', appOf(() => text('ok')), { prot: 80 }, 'option "prot" is unknown'],
    [
      'one proxy without a list',
      appOf(() => text('ok')),
      { trustedProxies: '10.0.0.0/8' },
      'trustedProxies must be a list of addresses; got 10.0.0.0/8',
    ],
  ])('is refused at start: %s', async (_, app, options, message) => {
    const serving = serve(app as App, options)
    await expect(serving).rejects.toMatchObject({ code: 'misuse' })
    await expect(serving).rejects.toThrow(message)
  })
})

describe('an option that is no limit', () => {
  it.each([
    ['headersTimeout', -1],
    ['requestTimeout', 1.5],
    ['idleTimeout', Number.NaN],
    ['idleTimeout', Number.POSITIVE_INFINITY],
    ['shutdownTimeout', 2 ** 31],
    ['maxHeaderSize', '16' as never],
    ['maxConnections', -5],
    ['port', 65_536],
    ['port', -1],
  ])('is refused by name: %s of %s', async (name, value) => {
    const serving = served(() => text('ok'), { [name]: value })
    await expect(serving).rejects.toThrow(`serve(): ${name} must be a whole number from 0 to `)
    await expect(serving).rejects.toMatchObject({ code: 'misuse' })
    await expect(serving).rejects.toThrow(
      typeof value === 'string' ? `got "${value}"` : `got ${value}`,
    )
  })
})
