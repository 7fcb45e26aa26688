import { once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import {
  anyone,
  createApp,
  defineOperation,
  download,
  events,
  lines,
  type Operation,
} from 'plinth/http'
import { createSignals, type LogRecord } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { open, readToEnd, readUntil, served } from './served.ts'

const define = defineOperation()
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** Serves one operation; what was logged and what was reported stays to be seen. */
async function serving(operation: Operation, options: { shutdownTimeout?: number } = {}) {
  const logs: LogRecord[] = []
  const errors: unknown[] = []
  const signals = createSignals()
  signals.subscribe({ log: (log) => void logs.push(log) })
  const app = createApp({ operations: { operation }, signals })
  const server = await served(app.handle, { ...options, onError: (error) => errors.push(error) })
  return { server, logs, errors }
}

function linesOf(source: (signal: AbortSignal) => AsyncIterable<string>) {
  return define({
    method: 'GET',
    path: '/x',
    responses: { 200: lines(v.string()) },
    guard: anyone,
    handler: ({ signal }) => ({ status: 200, body: source(signal) }),
  })
}

describe('a stream of an operation', () => {
  it('arrives item by item', async () => {
    const { promise: taken, resolve: take } = Promise.withResolvers<void>()
    const { server } = await serving(
      linesOf(async function* () {
        yield 'first'
        await taken
        yield 'second'
      }),
    )
    const socket = await open(server)
    socket.write(GET)
    await readUntil(socket, '"first"\n')
    const rest = readToEnd(socket)
    take()
    expect(await rest).toContain('"second"\n')
  })

  it('ends its source on a thousand clients that go away', async () => {
    let begun = 0
    let ended = 0
    const { server, logs, errors } = await serving(
      linesOf(async function* (signal) {
        begun += 1
        try {
          for (let n = 0; ; n++) {
            yield `${n}`.repeat(100)
            // Half of them are waiting when they are left, half are being written.
            if (begun % 2 === 0) await setTimeout(60_000, undefined, { signal })
          }
        } finally {
          ended += 1
        }
      }),
    )
    for (let round = 0; round < 10; round++) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => open(server)))
      const firsts = sockets.map((socket) => readUntil(socket, '\n\r\n'))
      for (const socket of sockets) socket.write(GET)
      await Promise.all(firsts)
      for (const socket of sockets) socket.destroy()
    }
    while (ended < 1_000) await setImmediate()
    expect([begun, ended, logs, errors]).toEqual([1_000, 1_000, [], []])
  })

  it('waits for a client that does not read', async () => {
    let given = 0
    const { server } = await serving(
      linesOf(async function* () {
        for (; given < 100_000; given++) yield 'x'.repeat(10_000)
      }),
    )
    const socket = await open(server)
    socket.pause()
    socket.write(GET)
    let before = -1
    while (before !== given) {
      before = given
      await setTimeout(100)
    }
    expect(given).toBeGreaterThan(0)
    expect(given).toBeLessThan(10_000)
    socket.destroy()
  })

  it('that breaks is not ended as if it were whole', async () => {
    const { server, logs, errors } = await serving(
      linesOf(async function* () {
        yield 'first'
        throw new Error('database down')
      }),
    )
    const socket = await open(server)
    const all = readToEnd(socket)
    socket.write(GET)
    const received = await all
    expect(received).toContain('"first"')
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(received).not.toContain('database')
    expect(logs).toMatchObject([{ level: 'error', error: { message: 'database down' } }])
    expect(errors).toEqual([])
  })

  it('is cut off when the server has waited long enough', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const { server, errors } = await serving(
      linesOf(async function* (signal) {
        yield 'first'
        await once(signal, 'abort')
        resolve()
      }),
    )
    const socket = await open(server)
    socket.write(GET)
    await readUntil(socket, '"first"')
    await server.close()
    await aborted
    expect(errors).toEqual([])
  })
})

describe('events', () => {
  const forever = (ended: () => void) =>
    define({
      method: 'GET',
      path: '/x',
      responses: { 200: events(v.string()) },
      guard: anyone,
      handler: ({ signal }) => ({
        status: 200,
        body: (async function* () {
          try {
            yield { id: '1', data: 'first' }
            await once(signal, 'abort')
          } finally {
            ended()
          }
        })(),
      }),
    })

  it('end at once and in order when the server closes', async () => {
    let ended = false
    const operation = forever(() => {
      ended = true
    })
    // Long enough for this test to fail if the server waited for it.
    const { server, logs, errors } = await serving(operation, { shutdownTimeout: 600_000 })
    const socket = await open(server)
    socket.write(GET)
    await readUntil(socket, 'data: "first"\n\n')
    const rest = readToEnd(socket)
    await server.close()
    expect(await rest).toMatch(/0\r\n\r\n$/)
    expect([ended, logs, errors]).toEqual([true, [], []])
  })
})

describe('an answer', () => {
  it('of a file comes in parts with their length', async () => {
    const { server } = await serving(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: download('application/octet-stream') },
        guard: anyone,
        handler: () => ({ status: 200, body: new Blob(['abcdefghij']) }),
      }),
    )
    const part = await fetch(`${server.url}/x`, { headers: { range: 'bytes=2-4' } })
    expect([part.status, part.headers.get('content-length')]).toEqual([206, '3'])
    expect(await part.text()).toBe('cde')
    const head = await fetch(`${server.url}/x`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10'])
  })

  it('is compressed by gzip that a client undoes', async () => {
    const { server } = await serving(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: v.string() },
        guard: anyone,
        handler: () => ({ status: 200, body: 'note '.repeat(10_000) }),
      }),
    )
    const response = await fetch(`${server.url}/x`, { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.json()).toBe('note '.repeat(10_000))
  })
})
