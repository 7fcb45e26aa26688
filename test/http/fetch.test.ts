import { fromRequest, fromResponse, parse, toResponse } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

describe('a web-standard request', () => {
  it.each([
    ['https://shop.example', 'https://shop.example', '/', ''],
    ['https://shop.example/', 'https://shop.example', '/', ''],
    ['https://shop.example/a/b', 'https://shop.example', '/a/b', ''],
    ['https://shop.example/a?', 'https://shop.example', '/a', ''],
    ['https://shop.example/a?b=c?d', 'https://shop.example', '/a', 'b=c?d'],
    ['https://shop.example?b', 'https://shop.example', '/', 'b'],
    ['https://shop.example/a#b?c', 'https://shop.example', '/a', ''],
    ['https://shop.example/a?b#c', 'https://shop.example', '/a', 'b'],
    ['http://localhost:3000/a', 'http://localhost:3000', '/a', ''],
    ['http://[::1]:3000/a', 'http://[::1]:3000', '/a', ''],
    ['HTTPS://SHOP.example:443/A%20b', 'https://shop.example', '/A%20b', ''],
  ])('of %s has its parts', (url, origin, path, query) => {
    const incoming = fromRequest(new Request(url))
    expect([incoming.origin, incoming.path, incoming.query]).toEqual([origin, path, query])
  })

  it('takes address and origin from the runtime', () => {
    const client = { address: '203.0.113.7', origin: 'https://shop.example' }
    const incoming = fromRequest(new Request('http://10.0.0.1:8080/a'), client)
    expect(incoming).toMatchObject(client)
  })

  it('gives its headers and its body, more than once', async () => {
    const request = new Request('https://shop.example', {
      method: 'POST',
      body: 'hello',
      headers: { 'X-A': '1' },
    })
    const incoming = fromRequest(request)
    expect([incoming.header('x-a'), incoming.header('x-b')]).toEqual(['1', null])
    expect(incoming.headers.get('x-a')).toBe('1')
    for (let time = 0; time < 2; time++) {
      expect(new TextDecoder().decode(await incoming.bytes(5))).toBe('hello')
    }
  })

  it('has an empty body where it has none', async () => {
    expect(await fromRequest(new Request('https://shop.example')).bytes(1)).toHaveLength(0)
  })
})

describe('a web-standard response', () => {
  it('goes there and back', async () => {
    const outgoing = {
      status: 201,
      headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] },
      body: 'hello',
    }
    const back = fromResponse(toResponse(outgoing))
    expect(back).toMatchObject({ status: 201, headers: outgoing.headers })
    expect(await new Response(back.body as ReadableStream).text()).toBe('hello')
  })
})

describe('parse', () => {
  const schema = v.object({ lines: v.array(v.object({ quantity: v.number() })) })

  it('gives what the schema gives', () => {
    expect(parse(schema, { lines: [{ quantity: 1 }] })).toEqual({ lines: [{ quantity: 1 }] })
  })

  it('throws every issue with its path', () => {
    const value = { lines: [{ quantity: '1' }, { quantity: 1, price: 0 }], x: 1 }
    expect(() => parse(schema, value)).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        status: 422,
        details: {
          issues: [
            { path: 'lines.0.quantity', message: 'Invalid type: Expected number' },
            { path: 'lines.1.price', message: 'Unknown key' },
            { path: 'x', message: 'Unknown key' },
          ],
        },
      }),
    )
    expect(() => parse(schema, 7)).toThrow(
      expect.objectContaining({
        details: { issues: [{ path: '', message: 'Invalid type: Expected Object' }] },
      }),
    )
  })
})
