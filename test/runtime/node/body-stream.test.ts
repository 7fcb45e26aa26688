import { Readable } from 'node:stream'
import { anyone, createApp, defineOperation, file, type Incoming, multipart } from 'plinth/http'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { record } from '../../http/send.ts'
import { open, readToEnd, readUntil, send, served, statuses, text } from './served.ts'

const POST = ['POST / HTTP/1.1', 'Host: a']
const CLOSE = [...POST, 'Connection: close']
const LIMIT = 100_000

/** Answers with all of the stream. */
const echo = async (incoming: Incoming) => text(await new Response(incoming.stream(LIMIT)).text())

/** Answers after the first bytes of it. */
const peek = async (incoming: Incoming) => {
  const reader = incoming.stream(LIMIT * 100).getReader()
  const { value } = await reader.read()
  return text(`${value?.length}`)
}

describe('the body of a request as a stream', () => {
  it('brings what is sent, with a length and without', async () => {
    const server = await served(echo)
    expect(await send(server, ...CLOSE, 'Content-Length: 3', '', 'abc')).toMatch(/\r\n\r\nabc$/)
    const chunks = ['Transfer-Encoding: chunked', '', '3', 'abc', '2', 'de', '0', '', '']
    expect(await send(server, ...CLOSE, ...chunks)).toMatch(/\r\n\r\nabcde$/)
    expect(await send(server, ...CLOSE, '', '')).toMatch(/content-length: 0\r\n/)
  })

  it('is refused by its announced length', async () => {
    const server = await served(echo)
    const received = await send(server, ...POST, `Content-Length: ${LIMIT + 1}`, '', '')
    expect(statuses(received)).toEqual([413])
  })

  it('is refused as soon as it passes its limit', async () => {
    const server = await served(echo)
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write([...POST, 'Transfer-Encoding: chunked', '', ''].join('\r\n'))
    const flood = setInterval(() => socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`), 1)
    const received = await answer
    clearInterval(flood)
    expect(statuses(received)).toEqual([413])
  })

  it('ends with an error when the client goes', async () => {
    const failure = Promise.withResolvers<unknown>()
    const began = Promise.withResolvers<void>()
    const server = await served(async (incoming) => {
      const reader = incoming.stream(LIMIT).getReader()
      await reader.read()
      began.resolve()
      await reader.read().catch(failure.resolve)
      return text('too late')
    })
    const socket = await open(server)
    socket.write([...POST, 'Content-Length: 10', '', 'abc'].join('\r\n'))
    await began.promise
    socket.destroy()
    expect(await failure.promise).toMatchObject({ code: 'body_incomplete', status: 400 })
  })

  it('is asked for only when it is read', async () => {
    const server = await served(echo)
    const socket = await open(server)
    socket.write([...CLOSE, 'Expect: 100-continue', 'Content-Length: 3', '', ''].join('\r\n'))
    await readUntil(socket, '100 Continue\r\n\r\n')
    const answer = readToEnd(socket)
    socket.write('abc')
    expect(await answer).toMatch(/abc$/)
  })

  it('is taken once', async () => {
    const codes: unknown[] = []
    const server = await served(async (incoming) => {
      if (incoming.path === '/bytes') {
        await incoming.bytes(10)
        try {
          incoming.stream(10)
        } catch (error) {
          codes.push((error as { code?: string }).code)
        }
      } else {
        incoming.stream(10)
        await Promise.resolve(incoming.bytes(10)).catch((error) => codes.push(error.code))
      }
      return text('')
    })
    const rest = ['Host: a', 'Connection: close', 'Content-Length: 3', '', 'abc']
    await send(server, 'POST /bytes HTTP/1.1', ...rest)
    await send(server, 'POST /stream HTTP/1.1', ...rest)
    expect(codes).toEqual(['misuse', 'misuse'])
  })

  it('is that of the request object once there is one', async () => {
    const server = await served(async (incoming) => {
      void incoming.request
      return echo(incoming)
    })
    expect(await send(server, ...CLOSE, 'Content-Length: 3', '', 'abc')).toMatch(/abc$/)
  })

  it('is let through when it is left unread and small', async () => {
    const server = await served(peek)
    const size = 60_000
    const socket = await open(server)
    const received = readToEnd(socket)
    const request = [...POST, `Content-Length: ${size}`, '', 'x'.repeat(size)].join('\r\n')
    socket.write(request)
    socket.write([...CLOSE, 'Content-Length: 3', '', 'abc'].join('\r\n'))
    const all = await received
    expect(statuses(all)).toEqual([200, 200])
    expect(all).toMatch(/\r\n\r\n3$/)
  })

  it('is let through when nobody read or cancelled it', async () => {
    const server = await served((incoming) => {
      incoming.stream(LIMIT)
      return text(incoming.query === 'stream' ? new Blob(['abc']).stream() : 'abc')
    })
    for (const target of ['/', '/?stream']) {
      const socket = await open(server)
      const received = readToEnd(socket)
      const size = 60_000
      socket.write(
        [`POST ${target} HTTP/1.1`, 'Host: a', `Content-Length: ${size}`, '', ''].join('\r\n'),
      )
      for (let sent = 0; sent < size; sent += 20_000) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        socket.write('x'.repeat(20_000))
      }
      socket.write([...CLOSE, '', ''].join('\r\n'))
      expect(statuses(await received)).toEqual([200, 200])
    }
  })

  it('ends the connection when it is left unread and large', async () => {
    const server = await served(peek)
    const socket = await open(server)
    const received = readToEnd(socket)
    socket.write([...POST, `Content-Length: ${LIMIT * 50}`, '', 'x'.repeat(1_000)].join('\r\n'))
    const all = await received
    expect(statuses(all)).toEqual([200])
    expect(all).toContain('connection: close')
  })

  it('is read no faster than the handler reads it', async () => {
    const go = Promise.withResolvers<void>()
    const server = await served(async (incoming) => {
      const stream = incoming.stream(Number.MAX_SAFE_INTEGER)
      const reader = stream.getReader()
      const first = await reader.read()
      let taken = first.value?.length ?? 0
      await go.promise
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        taken += next.value.length
      }
      return text(String(taken))
    })
    const size = 50_000_000
    const socket = await open(server)
    const answer = readToEnd(socket)
    const chunk = Buffer.alloc(1_000_000)
    let sent = 0
    const chunks = function* () {
      for (; sent < size; sent += chunk.length) yield chunk
    }
    socket.write([...CLOSE, `Content-Length: ${size}`, '', ''].join('\r\n'))
    Readable.from(chunks(), { highWaterMark: 1 }).pipe(socket, { end: false })
    // What kernel and socket hold is far below the whole, so writing stops until somebody reads.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(sent).toBeLessThan(size / 2)
    go.resolve()
    expect(await answer).toMatch(/50000000$/)
  })
})

describe('an upload to Node', () => {
  const define = defineOperation()
  const upload = define({
    method: 'POST',
    path: '/upload',
    transaction: false,
    guard: anyone,
    timeout: 300,
    body: multipart({
      fields: v.object({ mode: v.string() }),
      files: { file: file({ maxBytes: 20_000_000 }) },
    }),
    responses: { 200: v.object({ bytes: v.number() }) },
    handler: async ({ body }) => {
      let bytes = 0
      for await (const { stream } of body.files) {
        if (body.fields.mode === 'leave') break
        for await (const chunk of stream) {
          bytes += chunk.length
          if (body.fields.mode === 'stop') throw new Error('stopped')
        }
      }
      return { status: 200, body: { bytes } }
    },
  })

  async function start(): Promise<string> {
    const server = await serve(createApp({ operations: { upload }, signals: record().signals }), {
      port: 0,
      hostname: '127.0.0.1',
      signals: false,
      shutdownTimeout: 0,
      onListen: () => {},
    })
    onTestFinished(() => server.close())
    return server.url
  }

  function form(mode: string, size: number): FormData {
    const form = new FormData()
    form.append('mode', mode)
    form.append('file', new Blob([new Uint8Array(size)]), 'a.bin')
    return form
  }

  it('is read to its end, many times and at once', async () => {
    const url = await start()
    const sizes = [0, 1, 1_000, 100_000, 5_000_000]
    const answers = sizes.flatMap((size) =>
      [1, 2, 3].map(async () => {
        const body = form('read', size)
        const response = await fetch(new URL('/upload', url), { method: 'POST', body })
        expect(await response.json()).toEqual({ bytes: size })
      }),
    )
    await Promise.all(answers)
  })

  it('that is left unread does not hold the connection', async () => {
    const url = await start()
    for (const size of [10, 30_000, 200_000, 3_000_000]) {
      for (const mode of ['leave', 'stop', 'leave']) {
        const response = await fetch(new URL('/upload', url), {
          method: 'POST',
          body: form(mode, size),
        })
        expect(response.status).toBe(mode === 'leave' ? 200 : 500)
        await response.arrayBuffer()
      }
    }
  })

  it('that stalls is given up with the time of its operation', async () => {
    const url = await start()
    const socket = await open({ port: Number(new URL(url).port) })
    const answer = readToEnd(socket)
    const head = 'Content-Disposition: form-data; name='
    socket.write(
      [
        'POST /upload HTTP/1.1',
        'Host: a',
        'Content-Type: multipart/form-data; boundary=B',
        'Content-Length: 1000000',
        '',
        `--B\r\n${head}"mode"\r\n\r\nread\r\n--B\r\n${head}"file"; filename="a"\r\n\r\nabc`,
      ].join('\r\n'),
    )
    expect(statuses(await answer)).toEqual([503])
  })
})
