import { anyone, content, defineOperation, lines } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, record, send } from './send.ts'
import { watch } from './streams.ts'

const MODIFIED = 'Sat, 31 Jan 2026 09:30:00 GMT'
const BEFORE = 'Sat, 31 Jan 2026 09:29:59 GMT'
const AFTER = 'Sat, 31 Jan 2026 09:30:01 GMT'

function answering(headers: Record<string, string>, method: 'GET' | 'PUT' = 'GET') {
  return appOf(
    defineOperation()({
      method,
      path: '/x',
      responses: { 200: v.string() },
      guard: anyone,
      handler: () => ({ status: 200, headers, body: 'text' }),
    }),
    { signals: record().signals },
  )
}

const ask = async (own: Record<string, string>, headers: Record<string, string>, line = 'GET /x') =>
  (await send(answering(own), line, { headers })).status

describe('an answer that names no version of itself', () => {
  it.each(['if-match', 'if-none-match', 'if-unmodified-since'])(
    'is sent whatever %s says',
    async (name) => {
      for (const value of ['*', '"v1"', 'nonsense', BEFORE]) {
        expect(await ask({ 'x-other': 'field' }, { [name]: value })).toBe(200)
        expect(await ask({}, { [name]: value })).toBe(200)
      }
    },
  )
})

describe('If-None-Match', () => {
  it.each([
    ['"v1"', '"v1"', 304],
    ['"v1"', 'W/"v1"', 304],
    ['W/"v1"', '"v1"', 304],
    ['W/"v1"', 'W/"v1"', 304],
    ['"v1"', '*', 304],
    ['"v1"', '"a", "v1"', 304],
    ['"v1"', '"a","v1"', 304],
    ['"v1"', '"a" ,\tW/"v1" , "b"', 304],
    ['"v1"', ', ,"v1",', 304],
    ['"a,b"', '"a,b"', 304],
    ['""', '""', 304],
    ['"v1"', '"v2"', 200],
    ['"v1"', '"a", "v2"', 200],
    ['"v1"', '"V1"', 200],
    ['"v1"', 'w/"v1"', 200],
    ['"v1"', 'v1', 200],
    ['"v1"', "'v1'", 200],
    ['"v1"', '"v1', 200],
    ['"v1"', 'x"v1"', 200],
    ['"v1"', '"v1"x', 200],
    ['"v1"', '"v1" "v2"', 200],
    ['"v1"', '"a" "v1"', 200],
    ['"b"', '"a,"b"', 200],
    ['"v1"', '', 200],
    ['"v1"', '**', 200],
  ])('of an answer tagged %s: %s is answered %s', async (etag, known, status) => {
    expect(await ask({ etag }, { 'if-none-match': known })).toBe(status)
    expect(await ask({ etag }, { 'if-none-match': known }, 'HEAD /x')).toBe(status)
  })

  it('outranks If-Modified-Since', async () => {
    const own = { etag: '"v1"', 'last-modified': MODIFIED }
    expect(await ask(own, { 'if-none-match': '"v2"', 'if-modified-since': AFTER })).toBe(200)
    expect(await ask(own, { 'if-none-match': '"v1"', 'if-modified-since': BEFORE })).toBe(304)
  })

  it.each([
    ['tags', Array.from({ length: 10_000 }, (_, n) => `"${n}-xxxx"`).join(', ')],
    ['quotes', '"'.repeat(100_000)],
    ['commas', `${','.repeat(100_000)}"v1`],
    ['spaces', `${' '.repeat(100_000)}"v1"x`],
    ['halves', '"v1" '.repeat(20_000)],
  ])('of a hundred kilobytes of %s is read in passing', async (_, known) => {
    expect(await ask({ etag: '"v1"' }, { 'if-none-match': known })).toBe(200)
  })

  it('finds the tag at the end of a long list', async () => {
    const known = `${Array.from({ length: 10_000 }, (_, n) => `"${n}-xxxx"`).join(', ')}, "v1"`
    expect(await ask({ etag: '"v1"' }, { 'if-none-match': known })).toBe(304)
  })

  it('means nothing to other methods and without a tag', async () => {
    expect(await ask({}, { 'if-none-match': '"v1"' })).toBe(200)
    const put = answering({ etag: '"v1"' }, 'PUT')
    expect((await send(put, 'PUT /x', { headers: { 'if-none-match': '"v1"' } })).status).toBe(200)
  })
})

describe('If-Modified-Since', () => {
  it.each([
    [MODIFIED, 304],
    [AFTER, 304],
    [BEFORE, 200],
    ['Saturday, 31-Jan-26 09:30:00 GMT', 304],
    ['Sat Jan 31 09:30:00 2026', 304],
    ['Sat Jan  1 09:30:00 2022', 200],
    ['2026-01-31T09:30:00Z', 200],
    ['Sat, 31 Jan 2026 09:30:00 +0100', 200],
    ['31 Jan 2030', 200],
    ['Sat, 99 Foo 2026 09:30:00 GMT', 200],
    ['9999999999', 200],
    ['', 200],
  ])('of %s is answered %s', async (since, status) => {
    expect(await ask({ 'last-modified': MODIFIED }, { 'if-modified-since': since })).toBe(status)
  })
})

describe('If-Match and If-Unmodified-Since of a GET', () => {
  it.each([
    [{ 'if-match': '"v1"' }, 200],
    [{ 'if-match': 'W/"v1", "v1"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': 'W/"v1"' }, 412],
    [{ 'if-match': '"v2"' }, 412],
    [{ 'if-match': 'v1' }, 412],
    [{ 'if-match': '"v1"', 'if-none-match': '"v1"' }, 304],
    [{ 'if-unmodified-since': MODIFIED }, 200],
    [{ 'if-unmodified-since': BEFORE }, 412],
    [{ 'if-unmodified-since': 'never' }, 200],
    [{ 'if-match': '"v1"', 'if-unmodified-since': BEFORE }, 200],
  ] as [Record<string, string>, number][])('%o is answered %s', async (headers, status) => {
    expect(await ask({ etag: '"v1"', 'last-modified': MODIFIED }, headers)).toBe(status)
  })
})

describe('an answer of 304', () => {
  it('keeps what a cache needs and nothing of the body', async () => {
    const app = answering({
      ETag: '"v1"',
      'Content-Location': '/x?v=1',
      'Content-Language': 'en',
      Vary: 'accept-language',
      'X-Own': '1',
    })
    const { status, headers, text } = await send(app, 'GET /x', {
      headers: { 'if-none-match': 'W/"v1"' },
    })
    expect([status, text]).toEqual([304, ''])
    for (const name of ['content-type', 'content-language', 'content-length']) {
      expect(headers.has(name), name).toBe(false)
    }
    expect(headers.get('etag')).toBe('W/"v1"')
    expect(headers.get('content-location')).toBe('/x?v=1')
    expect(headers.get('cache-control')).toBe('private, no-cache')
    expect(headers.get('vary')).toContain('accept-language')
    expect(headers.get('content-security-policy')).not.toBeNull()
    expect(headers.get('x-own')).toBe('1')
  })

  it('needs no declaration and lets go of a stream', async () => {
    const source = watch((n) => n)
    const cancelled = Promise.withResolvers<void>()
    const base = { method: 'GET', guard: anyone } as const
    const headers = { etag: '"v1"' }
    const operations = [
      defineOperation()({
        ...base,
        path: '/x',
        responses: { 200: lines(v.number()) },
        handler: () => ({ status: 200, headers, body: source }),
      }),
      defineOperation()({
        ...base,
        path: '/x',
        responses: { 200: content('text/plain') },
        handler: () => ({
          status: 200,
          headers,
          body: new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() }),
        }),
      }),
    ]
    for (const operation of operations) {
      const asked = { headers: { 'if-none-match': '*' } }
      expect((await send(appOf(operation), 'GET /x', asked)).status).toBe(304)
    }
    await cancelled.promise
    await source.ended
    expect([source.asked(), source.returned()]).toEqual([0, 1])
  })

  it('is not made of an answer of another status', async () => {
    const app = appOf(
      defineOperation()({
        method: 'GET',
        path: '/x',
        responses: { 201: v.string() },
        guard: anyone,
        handler: () => ({ status: 201, headers: { etag: '"v1"' }, body: 'text' }),
      }),
    )
    const { status } = await send(app, 'GET /x', { headers: { 'if-none-match': '"v1"' } })
    expect(status).toBe(201)
  })
})

it.each(['v1', '"v1', 'w/"v1"', '"a b"'])('an etag of %s is a mistake of the app', async (etag) => {
  expect(await ask({ etag }, {})).toBe(500)
})
