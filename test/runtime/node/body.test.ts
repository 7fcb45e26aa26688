import type { Incoming } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { open, readToEnd, readUntil, send, served, statuses, text } from './served.ts'

const decoder = new TextDecoder()

/** Answers with the body it was sent, up to 10 bytes. */
const echo = async (incoming: Incoming) => text(decoder.decode(await incoming.bytes(10)))

const POST = ['POST / HTTP/1.1', 'Host: a']
const END = ['', '']

describe('the body of a request', () => {
  it('is empty when none is announced', async () => {
    const server = await served(async (incoming) => {
      const body = await incoming.bytes(10)
      return text(`${body.constructor.name} ${body.length}`)
    })
    const received = await send(server, 'POST / HTTP/1.1', 'Host: a', 'Connection: close', ...END)
    expect(received).toMatch(/Uint8Array 0$/)
  })

  it('is read with its announced length, in pieces too', async () => {
    const server = await served(echo)
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write([...POST, 'Connection: close', 'Content-Length: 6', '', ''].join('\r\n'))
    for (const piece of ['ab', 'cd', 'ef']) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      socket.write(piece)
    }
    expect(await answer).toMatch(/\r\n\r\nabcdef$/)
  })

  it('is read when it is chunked', async () => {
    const server = await served(echo)
    const received = await send(
      server,
      ...POST,
      'Connection: close',
      'Transfer-Encoding: chunked',
      '',
      '3',
      'abc',
      '4;extension=1',
      'defg',
      '0',
      'Trailer: x',
      ...END,
    )
    expect(received).toMatch(/\r\n\r\nabcdefg$/)
  })

  it('is the same when it is asked for twice', async () => {
    const server = await served(async (incoming) => {
      const first = await incoming.bytes(10)
      return text(String(first === (await incoming.bytes(10))))
    })
    const lines = [...POST, 'Connection: close', 'Content-Length: 3', '', 'abc']
    expect(await send(server, ...lines)).toMatch(/true$/)
  })

  it('is a plain array of bytes whose slice is a copy', async () => {
    const server = await served(async (incoming) => {
      const body = await incoming.bytes(10)
      body.slice(0).fill(0)
      return text(`${Buffer.isBuffer(body)} ${decoder.decode(body)}`)
    })
    const lines = [...POST, 'Connection: close', 'Content-Length: 3', '', 'abc']
    expect(await send(server, ...lines)).toMatch(/false abc$/)
  })

  it('[ASVS 15.2.2] [family 4] is refused by its announced length before any of it came', async () => {
    const server = await served(echo)
    const received = await send(server, ...POST, 'Content-Length: 100000', ...END)
    expect(statuses(received)).toEqual([413])
    expect(received).toContain('connection: close')
  })

  it('keeps the connection when the refused body is small', async () => {
    const server = await served(echo)
    const refused = [...POST, 'Content-Length: 11', '', 'abcdefghijk']
    const next = [...POST, 'Connection: close', 'Content-Length: 3', '', 'abc']
    const received = await send(server, refused.join('\r\n') + next.join('\r\n'))
    expect(statuses(received)).toEqual([413, 200])
  })

  it('[ASVS 15.2.2] [family 4] is refused without a length as soon as it passes the limit', async () => {
    const server = await served(echo)
    const socket = await open(server)
    const answer = readUntil(socket, 'body_too_large')
    socket.write([...POST, 'Transfer-Encoding: chunked', '', 'b', 'abcdefghijk', ''].join('\r\n'))
    expect(statuses(await answer)).toEqual([413])
  })

  it('is not read on when it never ends', async () => {
    const server = await served(echo)
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write([...POST, 'Transfer-Encoding: chunked', '', ''].join('\r\n'))
    const flood = setInterval(() => socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`), 1)
    const received = await answer
    clearInterval(flood)
    expect(statuses(received)).toEqual([413])
    expect(received).toContain('connection: close')
  })

  it('costs its own size when it comes byte by byte', async () => {
    const size = 200_000
    const server = await served(async (incoming) =>
      text(String((await incoming.bytes(size)).length)),
    )
    const socket = await open(server)
    const answer = readToEnd(socket)
    socket.write([...POST, 'Connection: close', 'Transfer-Encoding: chunked', '', ''].join('\r\n'))
    socket.write(`${'1\r\nx\r\n'.repeat(size)}0\r\n\r\n`)
    expect(await answer).toMatch(/200000$/)
  })

  it('rejects when the client goes before its end', async () => {
    const began = Promise.withResolvers<void>()
    const failure = Promise.withResolvers<unknown>()
    const server = await served(async (incoming) => {
      began.resolve()
      await Promise.resolve(incoming.bytes(10)).catch(failure.resolve)
      return text('too late')
    })
    const socket = await open(server)
    socket.write([...POST, 'Content-Length: 10', '', 'abc'].join('\r\n'))
    await began.promise
    socket.destroy()
    expect(await failure.promise).toMatchObject({ code: 'body_incomplete', status: 400 })
  })

  it('rejects when it is asked for after the client has gone', async () => {
    const began = Promise.withResolvers<void>()
    const failure = Promise.withResolvers<unknown>()
    const server = await served(async (incoming) => {
      began.resolve()
      await new Promise((resolve) => incoming.signal.addEventListener('abort', resolve))
      try {
        await incoming.bytes(10)
      } catch (error) {
        failure.resolve(error)
      }
      return text('too late')
    })
    const socket = await open(server)
    socket.write([...POST, 'Content-Length: 10', '', 'abc'].join('\r\n'))
    await began.promise
    socket.destroy()
    expect(await failure.promise).toMatchObject({ code: 'body_incomplete' })
  })

  it('is asked for only when the handler wants it', async () => {
    const server = await served(async (incoming) => {
      return incoming.path === '/read' ? echo(incoming) : text('no need')
    })
    const headers = ['Host: a', 'Expect: 100-continue', 'Content-Length: 3']
    expect(statuses(await send(server, 'POST /refuse HTTP/1.1', ...headers, ...END))).toEqual([200])

    const socket = await open(server)
    socket.write(['POST /read HTTP/1.1', ...headers, 'Connection: close', '', ''].join('\r\n'))
    await readUntil(socket, '100 Continue\r\n\r\n')
    const answer = readToEnd(socket)
    socket.write('abc')
    expect(await answer).toMatch(/abc$/)
  })

  it('[family 4] is not asked for when its length is refused', async () => {
    const server = await served(echo)
    const headers = ['Host: a', 'Expect: 100-continue', 'Content-Length: 11']
    const received = await send(server, 'POST / HTTP/1.1', ...headers, ...END)
    expect(statuses(received)).toEqual([413])
  })

  it('is answered 417 for any other expectation', async () => {
    const server = await served(echo)
    const received = await send(server, ...POST, 'Expect: miracles', 'Connection: close', ...END)
    expect(statuses(received)).toEqual([417])
    expect(received).toContain('"code":"expectation_failed"')
  })

  it('[family 4] of one request is never the next request', async () => {
    const paths: string[] = []
    const server = await served((incoming) => {
      paths.push(incoming.path)
      return text('unread')
    })
    const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
    const outer = [...POST, `Content-Length: ${inner.length}`, '', inner].join('\r\n')
    const last = ['GET /last HTTP/1.1', 'Host: a', 'Connection: close', ...END].join('\r\n')
    expect(statuses(await send(server, outer + last))).toEqual([200, 200])
    expect(paths).toEqual(['/', '/last'])
  })
})

describe('a request as a web-standard object', () => {
  const lines = ['Connection: close', 'Cookie: a=1', 'cookie: b=2', 'X-Twice: 1', 'X-Twice: 2']

  it('has the URL, headers and body that were sent', async () => {
    const server = await served(async ({ request }) => {
      const { url, method, headers } = request
      const seen = [headers.get('cookie'), headers.get('x-twice'), await request.text()]
      return text([method, url, ...seen].join('|'))
    })
    const length = 'Content-Length: 3'
    const received = await send(
      server,
      'PUT /a%20b?c=d HTTP/1.1',
      'Host: a',
      ...lines,
      length,
      '',
      'abc',
    )
    expect(received).toMatch(/PUT\|http:\/\/a\/a%20b\?c=d\|a=1; b=2\|1, 2\|abc$/)
  })

  it('can be made after the body was read, and before', async () => {
    const server = await served(async (incoming) => {
      if (incoming.query === 'first') void incoming.request
      const body = decoder.decode(await incoming.bytes(10))
      return text(`${body} ${incoming.query === 'first' ? '' : await incoming.request.text()}`)
    })
    const rest = ['Host: a', 'Connection: close', 'Content-Length: 3', '', 'abc']
    expect(await send(server, 'POST /?first HTTP/1.1', ...rest)).toMatch(/\r\n\r\nabc $/)
    expect(await send(server, 'POST / HTTP/1.1', ...rest)).toMatch(/\r\n\r\nabc abc$/)
  })

  it('has no body for GET, whatever was sent', async () => {
    const server = await served(({ request }) => text(String(request.body)))
    const rest = ['Host: a', 'Connection: close', 'Content-Length: 3', '', 'abc']
    expect(await send(server, 'GET / HTTP/1.1', ...rest)).toMatch(/null$/)
  })

  it('has no header that was not sent', async () => {
    const server = await served((incoming) => {
      const names = ['constructor', '__proto__', 'tostring', 'x-none', 'cookie']
      return text(names.map((name) => String(incoming.header(name))).join())
    })
    const rest = ['Host: a', 'Connection: close', '__proto__: x', ...END]
    expect(await send(server, 'GET / HTTP/1.1', ...rest)).toMatch(/null,null,null,null,null$/)
  })
})
