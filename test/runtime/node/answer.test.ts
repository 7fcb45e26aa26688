import type { Outgoing } from 'plinth/http'
import { serve } from 'plinth/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { appOf, open, readToEnd, readUntil, send, served, statuses, text } from './served.ts'

const END = ['', '']
const GET = ['GET / HTTP/1.1', 'Host: a', 'Connection: close', ...END]
const HEAD = ['HEAD / HTTP/1.1', 'Host: a', 'Connection: close', ...END]

const bytesOf = (value: string) => new TextEncoder().encode(value)
const streamOf = (...chunks: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? bytesOf(chunk) : chunk)
      }
      controller.close()
    },
  })

/** Serves one answer, and remembers what was reported. */
async function answering(outgoing: () => Outgoing) {
  const errors: unknown[] = []
  const server = await served(outgoing, { onError: (error) => errors.push(error) })
  return { server, errors }
}

describe('an answer', () => {
  it.each([
    ['text', () => 'naïve 🎈', 'content-length: 11'],
    ['bytes', () => bytesOf('naïve 🎈'), 'content-length: 11'],
    ['a stream', () => streamOf('naïve', ' 🎈'), 'Transfer-Encoding: chunked'],
  ])('of %s arrives whole and framed', async (_, body, framing) => {
    const { server } = await answering(() => text(body()))
    const response = await fetch(server.url)
    expect(await response.text()).toBe('naïve 🎈')
    expect(await send(server, ...GET)).toContain(framing)
  })

  it('of nothing says so', async () => {
    const { server } = await answering(() => text(null))
    expect(await send(server, ...GET)).toMatch(/content-length: 0\r\n[\s\S]*\r\n\r\n$/)
  })

  it.each([204, 304])('of status %i has no body and no length', async (status) => {
    for (const body of ['text', bytesOf('text'), streamOf('text'), null]) {
      const { server } = await answering(() => text(body, { status }))
      const received = await send(server, ...GET)
      expect(received).toMatch(/\r\n\r\n$/)
      expect(received).not.toMatch(/content-length|transfer-encoding/i)
    }
  })

  it('of status 205 has no body and says so', async () => {
    const { server } = await answering(() => text('text', { status: 205 }))
    expect(await send(server, ...GET)).toMatch(/content-length: 0\r\n[\s\S]*\r\n\r\n$/)
  })

  it('to HEAD has the length of the body, without it', async () => {
    const { server } = await answering(() => text('text'))
    const received = await send(server, ...HEAD)
    expect(received).toMatch(/content-length: 4\r\n[\s\S]*\r\n\r\n$/)
  })

  it('to HEAD without a body keeps the length the app names', async () => {
    const { server } = await answering(() => text(null, { headers: { 'content-length': '7' } }))
    expect(await send(server, ...HEAD)).toMatch(/content-length: 7\r\n[\s\S]*\r\n\r\n$/)
  })

  it('to HEAD cancels a stream that nobody will read', async () => {
    const cancelled = Promise.withResolvers<void>()
    const { server } = await answering(() =>
      text(new ReadableStream({ cancel: () => cancelled.resolve() })),
    )
    expect(await send(server, ...HEAD)).toMatch(/\r\n\r\n$/)
    await cancelled.promise
  })

  it('writes a header line for each of several values', async () => {
    const headers = { 'set-cookie': ['a=1; Secure', 'b=2'], 'x-one': 'c' }
    const { server } = await answering(() => text('x', { headers }))
    const response = await fetch(server.url)
    expect(response.headers.getSetCookie()).toEqual(['a=1; Secure', 'b=2'])
  })

  it.each([
    ['a line break in a value', { 'x-name': 'a\r\nset-cookie: b=c' }],
    ['a line feed in a value', { 'x-name': 'a\nb' }],
    ['a line break in one of several values', { 'set-cookie': ['a=b', 'c=d\r\n\r\n<html>'] }],
    ['a NUL in a value', { 'x-name': 'a\0b' }],
    ['a letter that is no byte', { 'x-name': 'Ā' }],
    ['a line break in a name', { 'x\r\nset-cookie': 'a=b' }],
    ['a name that is empty', { '': 'a' }],
  ])('fails with nothing sent when it has %s', async (_, headers) => {
    const { server, errors } = await answering(() => text('secret', { headers }))
    const received = await send(server, ...GET)
    expect(received).toContain('HTTP/1.1 500 Internal Server Error\r\n')
    expect(received).not.toMatch(/set-cookie|html|secret/)
    expect(errors).toHaveLength(1)
  })

  it.each([0, 99, 1000, Number.NaN, 101, 100])('fails when its status is %d', async (status) => {
    const { server, errors } = await answering(() => text('x', { status }))
    expect(statuses(await send(server, ...GET))).toEqual([500])
    expect(errors).toHaveLength(1)
  })

  it('cancels the stream of an answer that fails', async () => {
    const cancelled = Promise.withResolvers<void>()
    const stream = () => new ReadableStream({ cancel: () => cancelled.resolve() })
    const { server } = await answering(() => text(stream(), { headers: { 'x-name': '\n' } }))
    expect(statuses(await send(server, ...GET))).toEqual([500])
    await cancelled.promise
  })

  it('keeps framing out of the hands of the app', async () => {
    const headers = { 'content-length': '1', 'transfer-encoding': 'chunked' }
    const { server } = await answering(() => text('text', { headers }))
    const received = await send(server, ...GET)
    expect(received).toMatch(/content-length: 4\r\n/)
    expect(received).not.toMatch(/transfer-encoding|content-length: 1/i)
  })

  it('comes in the order of the requests on its connection', async () => {
    const server = await served(async ({ path }) => {
      if (path === '/1') await new Promise((resolve) => setImmediate(resolve))
      return text(`answer ${path}`)
    })
    const lines = ['/1', '/2'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const received = await send(server, lines.join('') + GET.join('\r\n'))
    expect(received.match(/answer \/\d?/g)).toEqual(['answer /1', 'answer /2', 'answer /'])
  })

  it('is a general failure when the app rejects in spite of its contract', async () => {
    const broken = new Error('secret')
    const errors: unknown[] = []
    const app = { ...appOf(() => text('x')), handle: () => Promise.reject(broken) }
    const server = await serve(app, {
      port: 0,
      onListen: () => {},
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => server.close())
    const received = await send(server, ...GET)
    expect(statuses(received)).toEqual([500])
    expect(received).toContain('"code":"internal_error"')
    expect(received).not.toContain('secret')
    expect(errors).toEqual([broken])
  })
})

describe('a stream', () => {
  it('begins before its first chunk is there', async () => {
    const chunk = Promise.withResolvers<void>()
    const { server } = await answering(() =>
      text(
        new ReadableStream({
          async pull(controller) {
            await chunk.promise
            controller.enqueue(bytesOf('late'))
            controller.close()
          },
        }),
      ),
    )
    const response = await fetch(server.url)
    chunk.resolve()
    expect(await response.text()).toBe('late')
  })

  it('is read no faster than the client reads', async () => {
    let produced = 0
    const chunk = new Uint8Array(65_536)
    const { server } = await answering(() =>
      text(
        new ReadableStream({
          async pull(controller) {
            await new Promise(setImmediate)
            if (produced++ < 2_000) controller.enqueue(chunk)
            else controller.close()
          },
        }),
      ),
    )
    const socket = await open(server)
    socket.pause()
    socket.write(GET.join('\r\n'))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(produced).toBeLessThan(1_000)
  })

  it('is cancelled when the client goes', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const { server, errors } = await answering(() =>
      text(
        new ReadableStream({
          start: (controller) => controller.enqueue(bytesOf('first')),
          cancel: cancelled.resolve,
        }),
      ),
    )
    const socket = await open(server)
    socket.write(GET.join('\r\n'))
    await readUntil(socket, 'first')
    socket.destroy()
    expect(await cancelled.promise).toMatchObject({ name: 'AbortError' })
    expect(errors).toEqual([])
  })

  it('is cancelled when the client went before it began', async () => {
    const gone = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const server = await served(async ({ signal }) => {
      began.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      gone.resolve()
      return text(new ReadableStream({ cancel: () => cancelled.resolve() }))
    })
    const socket = await open(server)
    socket.write(GET.join('\r\n'))
    await began.promise
    socket.destroy()
    await gone.promise
    await cancelled.promise
  })

  it('that breaks ends the connection without the mark of its end', async () => {
    const broken = new Error('broken')
    let pulls = 0
    const { server, errors } = await answering(() =>
      text(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 10))
            if (pulls++ === 0) controller.enqueue(bytesOf('first'))
            else controller.error(broken)
          },
        }),
      ),
    )
    const received = await send(server, ...GET)
    expect(received).toContain('first')
    expect(received).not.toContain('\r\n0\r\n')
    expect(errors).toEqual([broken])
  })

  it.each([
    ['more', ['abc', 'def'], '3'],
    ['less', ['abc'], '9'],
  ])('of %s than its declared length is cut off', async (_, chunks, length) => {
    const { server, errors } = await answering(() =>
      text(streamOf(...chunks), { headers: { 'content-length': length } }),
    )
    await send(server, ...GET)
    expect(errors).toMatchObject([{ code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' }])
  })

  it('of something else than bytes is cut off and reported', async () => {
    const { server, errors } = await answering(() => text(streamOf({})))
    await send(server, ...GET)
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_ARG_TYPE' }])
  })
})

describe('the signal of a request', () => {
  it('is aborted when the client goes', async () => {
    const began = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<unknown>()
    const server = await served(async ({ signal }) => {
      began.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted.resolve(signal.reason)
      return text('nobody reads this')
    })
    const socket = await open(server)
    socket.write(GET.join('\r\n'))
    await began.promise
    socket.destroy()
    expect(await aborted.promise).toMatchObject({ name: 'AbortError' })
  })

  it('is aborted already when it is asked for too late', async () => {
    const began = Promise.withResolvers<void>()
    const seen = Promise.withResolvers<boolean>()
    const server = await served(async (incoming) => {
      began.resolve()
      await new Promise((resolve) => setTimeout(resolve, 100))
      seen.resolve(incoming.signal.aborted)
      return text('nobody reads this')
    })
    const socket = await open(server)
    socket.write(GET.join('\r\n'))
    await began.promise
    socket.destroy()
    expect(await seen.promise).toBe(true)
  })

  it('stays quiet when the answer is complete', async () => {
    const signals: AbortSignal[] = []
    const server = await served(({ signal }) => {
      signals.push(signal)
      return text('x')
    })
    const socket = await open(server)
    const received = readToEnd(socket)
    socket.write(GET.join('\r\n'))
    await received
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('is that of the web-standard request', async () => {
    const began = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const server = await served(async ({ request }) => {
      began.resolve()
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
      aborted.resolve()
      return text('nobody reads this')
    })
    const socket = await open(server)
    socket.write(GET.join('\r\n'))
    await began.promise
    socket.destroy()
    await aborted.promise
  })
})
