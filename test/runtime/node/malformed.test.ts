import { describe, expect, it } from 'vitest'
import { send, served, statuses, text } from './served.ts'

/** Serves a handler that keeps a list of what reached it. */
async function watched() {
  const reached: string[] = []
  const server = await served(async (incoming) => {
    const body = new TextDecoder().decode(await incoming.bytes(1_000))
    reached.push(`${incoming.method} ${incoming.origin} ${incoming.path} ${incoming.query} ${body}`)
    return text('ok')
  })
  return { server, reached }
}

const END = ['', '']

describe('the framing of a request', () => {
  it.each([
    [
      'both Content-Length and Transfer-Encoding',
      ['Content-Length: 3', 'Transfer-Encoding: chunked'],
    ],
    ['two lengths that differ', ['Content-Length: 3', 'Content-Length: 4']],
    ['two lengths that agree', ['Content-Length: 3', 'Content-Length: 3']],
    ['a list of lengths', ['Content-Length: 3, 3']],
    ['a signed length', ['Content-Length: +3']],
    ['a negative length', ['Content-Length: -3']],
    ['a hexadecimal length', ['Content-Length: 0x3']],
    ['a length beyond 64 bits', ['Content-Length: 99999999999999999999999']],
    ['an unknown transfer coding', ['Transfer-Encoding: xchunked']],
    ['chunked that is not the last coding', ['Transfer-Encoding: chunked, identity']],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, identity']],
    ['a space before the colon', ['Content-Length : 3']],
    ['a folded header', ['X-Folded: a', ' b', 'Content-Length: 3']],
    ['a NUL in a header', ['X-Nul: a\0b', 'Content-Length: 3']],
    ['a header without a name', [': x', 'Content-Length: 3']],
  ])('[family 4] refuses %s, and what follows', async (_, headers) => {
    const { server, reached } = await watched()
    const smuggled = ['GET /smuggled HTTP/1.1', 'Host: a.example', ...END]
    const received = await send(
      server,
      'POST /outer HTTP/1.1',
      'Host: a.example',
      ...headers,
      '',
      '0',
      '',
      ...smuggled,
    )
    expect(statuses(received)).toEqual([400])
    expect(received).toContain('"code":"malformed_request"')
    expect(reached.filter((line) => line.includes('smuggled'))).toEqual([])
  })

  it.each(['zz', '-1', '0x5', ' 5', '5 5', 'fffffffffffffffff'])(
    'refuses the chunk size "%s"',
    async (size) => {
      const { server, reached } = await watched()
      const received = await send(
        server,
        'POST / HTTP/1.1',
        'Host: a.example',
        'Transfer-Encoding: chunked',
        '',
        size,
        'hello',
        '0',
        ...END,
      )
      expect(statuses(received)).toEqual([400])
      expect(reached).toEqual([])
    },
  )

  it('does not take a malformed request for the answer to the one before it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const server = await served(async () => {
      await promise
      return text('late')
    })
    const received = await send(server, 'GET / HTTP/1.1', 'Host: a', '', 'GARBAGE', ...END)
    resolve()
    expect(received).toBe('')
  })

  it('answers what is no HTTP at all', async () => {
    const { server } = await watched()
    expect(statuses(await send(server, '\x16\x03\x01\x02\0\x01', ''))).toEqual([400])
  })

  it('answers 431 when the headers are too large', async () => {
    const server = await served(() => text('ok'), { maxHeaderSize: 1_024 })
    const received = await send(
      server,
      'GET / HTTP/1.1',
      'Host: a',
      `X: ${'x'.repeat(2_000)}`,
      ...END,
    )
    expect(statuses(received)).toEqual([431])
    expect(received).toContain('"code":"headers_too_large"')
  })
})

describe('the addressing of a request', () => {
  it.each([
    '',
    ' ',
    'a b',
    'a.example/x',
    'user@a.example',
    'a.example:80:80',
    'a.example:port',
    'a.example:',
    'a..example',
    '.a.example',
    '[::1',
    '::1',
    'a.example,b.example',
    'a%00.example',
    'a.example#',
    'a.example?x',
    'a.example\\b',
    '\xe4.example',
    '<script>',
  ])('refuses the host "%s"', async (host) => {
    const { server, reached } = await watched()
    const received = await send(server, 'GET / HTTP/1.1', `Host: ${host}`, ...END)
    expect(statuses(received)).toEqual([400])
    expect(reached).toEqual([])
  })

  it.each([
    ['shop.example', 'http://shop.example'],
    ['SHOP.Example', 'http://shop.example'],
    ['shop.example:80', 'http://shop.example'],
    ['shop.example:443', 'http://shop.example:443'],
    ['shop.example.:8080', 'http://shop.example.:8080'],
    ['my_service:3000', 'http://my_service:3000'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
  ])('knows the host "%s" as %s', async (host, origin) => {
    const { server, reached } = await watched()
    await send(server, 'GET /a?b=c HTTP/1.1', `Host: ${host}`, 'Connection: close', ...END)
    expect(reached).toEqual([`GET ${origin} /a b=c `])
  })

  it.each(['Host', 'Authorization', 'Content-Type'])('refuses two %s headers', async (name) => {
    const { server, reached } = await watched()
    const received = await send(
      server,
      'GET / HTTP/1.1',
      ...(name === 'Host' ? [] : ['Host: a']),
      `${name}: a`,
      `${name.toLowerCase()}: a`,
      ...END,
    )
    expect(statuses(received)).toEqual([400])
    expect(received).toContain(`The header ${name.toLowerCase()} is sent more than once.`)
    expect(reached).toEqual([])
  })

  it('refuses a request of HTTP/1.1 without a host', async () => {
    const { server, reached } = await watched()
    const received = await send(server, 'GET / HTTP/1.1', ...END)
    expect(statuses(received)).toEqual([400])
    expect(received).toContain('"detail":"The header host is missing."')
    expect(reached).toEqual([])
  })

  it('knows a request of HTTP/1.0 without a host by its port', async () => {
    const { server, reached } = await watched()
    await send(server, 'GET / HTTP/1.0', ...END)
    expect(reached).toEqual([`GET http://localhost:${server.port} /  `])
  })

  it('takes the absolute form apart', async () => {
    const { server, reached } = await watched()
    for (const target of ['http://A.example/x?y=1', 'HTTP://a.example?y=1']) {
      await send(server, `GET ${target} HTTP/1.1`, 'Host: a.example', 'Connection: close', ...END)
    }
    expect(reached).toEqual(['GET http://a.example /x y=1 ', 'GET http://a.example / y=1 '])
  })

  it.each([
    'http://b.example/',
    'http://user@a.example/',
    'http:///x',
    'ftp://a.example/',
    'a.example/x',
    '/x#fragment',
    'http://a.example#x',
    '/\xe4',
    '/a\x7fb',
  ])('refuses the target "%s"', async (target) => {
    const { server, reached } = await watched()
    const received = await send(server, `GET ${target} HTTP/1.1`, 'Host: a.example', ...END)
    expect(statuses(received)).toEqual([400])
    expect(reached).toEqual([])
  })

  it.each(['TRACE /', 'OPTIONS *', 'GET *'])(
    '[ASVS 13.4.4] does not implement %s',
    async (line) => {
      const { server, reached } = await watched()
      const received = await send(server, `${line} HTTP/1.1`, 'Host: a.example', ...END)
      expect(statuses(received)).toEqual([501])
      expect(reached).toEqual([])
    },
  )

  it.each(['CONNECT b.example:80', 'WHATEVER /'])('never hands on %s', async (line) => {
    const { server, reached } = await watched()
    await send(server, `${line} HTTP/1.1`, 'Host: b.example:80', ...END)
    expect(reached).toEqual([])
  })
})
