import {
  anyone,
  branch,
  type CacheOptions,
  content,
  createApp,
  defineOperation,
  type Principal,
  signedIn,
} from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, record, send } from './send.ts'

const ada: Principal = { actor: { id: 'ada', roles: [] }, credential: 'bearer', sessionId: 's' }

interface Case {
  readonly cache?: CacheOptions
  readonly headers?: Record<string, string>
  readonly status?: 200 | 404
  readonly compress?: boolean
}

function answering({ cache, headers = {}, status = 200, compress = false }: Case = {}) {
  return defineOperation()({
    method: 'GET',
    path: '/x',
    responses: { 200: v.string(), 404: v.string() },
    guard: anyone,
    compress,
    ...(cache && { cache }),
    handler: () => ({ status, headers, body: 'text' }),
  })
}

async function ask(given: Case, principal: Principal | null = null) {
  const app = appOf(answering(given), { authenticate: () => principal })
  const { headers } = await send(app, 'GET /x')
  return [headers.get('cache-control'), headers.get('vary')]
}

const CREDENTIALS = 'authorization, cookie'

describe('an answer', () => {
  it('[ASVS 14.3.2] is not stored unless it says so', async () => {
    expect(await ask({})).toEqual(['no-store', null])
    expect(await ask({ status: 404 })).toEqual(['no-store', null])
  })

  it.each<[CacheOptions, string]>([
    [{ maxAge: 60 }, 'private, max-age=60'],
    [{ maxAge: 0 }, 'private, max-age=0'],
    [{ maxAge: 60, public: false }, 'private, max-age=60'],
    [{ maxAge: 60, staleWhileRevalidate: 5 }, 'private, max-age=60, stale-while-revalidate=5'],
    [{ maxAge: 31_536_000, immutable: true }, 'private, max-age=31536000, immutable'],
  ])('with cache %o is kept for its caller', async (cache, value) => {
    expect(await ask({ cache })).toEqual([value, CREDENTIALS])
    expect(await ask({ cache }, ada)).toEqual([value, CREDENTIALS])
    expect(await ask({ cache, compress: true })).toEqual([value, `${CREDENTIALS}, accept-encoding`])
  })

  it('[ASVS 14.2.2] is public only for those who are not signed in', async () => {
    const cache = { maxAge: 60, public: true }
    expect(await ask({ cache })).toEqual(['public, max-age=60', null])
    expect(await ask({ cache, compress: true })).toEqual(['public, max-age=60', 'accept-encoding'])
    expect(await ask({ cache }, ada)).toEqual(['private, max-age=60', CREDENTIALS])
  })

  it.each([{ etag: '"v1"' }, { 'Last-Modified': 'Sat, 31 Jan 2026 09:30:00 GMT' }])(
    'with %o is asked about before each use',
    async (headers) => {
      expect(await ask({ headers })).toEqual(['private, no-cache', CREDENTIALS])
      expect(await ask({ headers, cache: { maxAge: 9 } })).toEqual([
        'private, max-age=9',
        CREDENTIALS,
      ])
    },
  )

  it('[ASVS 14.3.2] that sets a cookie is not stored', async () => {
    const headers = { 'set-cookie': 'a=1', etag: '"v1"' }
    expect((await ask({ headers }))[0]).toBe('no-store')
    expect((await ask({ headers, cache: { maxAge: 60, public: true } }))[0]).toBe('no-store')
  })

  it('may say it by itself', async () => {
    const own = (value: string) => ({ headers: { 'Cache-Control': value, etag: '"v1"' } })
    expect(await ask(own('no-store'))).toEqual(['no-store', null])
    expect(await ask(own('max-age=5'))).toEqual(['max-age=5', CREDENTIALS])
    expect(await ask(own('public, max-age=5'))).toEqual(['public, max-age=5', null])
    expect(await ask({ ...own('s-maxage=5'), cache: { maxAge: 60 } })).toEqual(['s-maxage=5', null])
  })

  it.each([
    ['Authorization', 'Authorization, cookie'],
    ['*', '*'],
    ['accept-language', `accept-language, ${CREDENTIALS}`],
  ])('keeps its own Vary %s', async (vary, expected) => {
    expect((await ask({ cache: { maxAge: 1 }, headers: { vary } }))[1]).toBe(expected)
  })

  it('that fails or is refused is not stored', async () => {
    const { signals } = record()
    const cache = { maxAge: 60, public: true }
    const broken = defineOperation()({
      method: 'GET',
      path: '/x',
      responses: { 200: v.string() },
      guard: anyone,
      cache,
      handler: () => {
        throw new Error('no')
      },
    })
    const { status, headers } = await send(appOf(broken, { signals }), 'GET /x')
    expect([status, headers.get('cache-control')]).toEqual([500, 'no-store'])
    const { headers: missing } = await send(appOf(answering({ cache, status: 404 })), 'GET /x')
    expect(missing.get('cache-control')).toBe('no-store')
    const { headers: wrong } = await send(appOf(answering({ cache })), 'GET /x?q=1')
    expect(wrong.get('cache-control')).toBe('no-store')
  })
})

describe('cache of an operation', () => {
  it.each<[string, unknown, string]>([
    ['no age', {}, 'maxAge is undefined'],
    ['a fraction', { maxAge: 1.5 }, 'maxAge is 1.5'],
    ['a negative age', { maxAge: -1 }, 'maxAge is -1'],
    ['too great an age', { maxAge: 2 ** 40 }, 'maxAge is'],
    ['an age of text', { maxAge: '60, public' }, 'maxAge is 60, public'],
    ['a bad grace', { maxAge: 1, staleWhileRevalidate: -1 }, 'staleWhileRevalidate is -1'],
    ['an unknown key', { maxAge: 1, shared: true }, '"shared"'],
  ])('is refused at start with %s', (_, cache, message) => {
    expect(() => appOf(answering({ cache: cache as CacheOptions }))).toThrow(message)
  })

  it('[ASVS 14.2.2] is refused when it would show to all what few may see', () => {
    const base = { method: 'GET', path: '/x', responses: { 200: v.string() } } as const
    const handler = () => ({ status: 200, body: 'text' }) as const
    const cache = { maxAge: 60, public: true }
    expect(() => appOf(defineOperation()({ ...base, guard: signedIn, cache, handler }))).toThrow(
      'public',
    )
    expect(() => appOf(defineOperation()({ ...base, cache, handler }))).toThrow('public')
  })

  it('is refused where nothing is read', () => {
    const post = { method: 'POST', path: '/x', responses: { 204: null }, guard: anyone } as const
    const handler = () => ({ status: 204 }) as const
    const cache = { maxAge: 60 }
    expect(() => appOf(defineOperation()({ ...post, cache, handler }))).toThrow('GET')
  })
})

describe('the headers of a page', () => {
  const page = (headers: Record<string, string> = {}) =>
    appOf(
      defineOperation()({
        method: 'GET',
        path: '/x',
        responses: { 200: content('text/html') },
        guard: anyone,
        handler: () => ({ status: 200, headers, body: '<p>ä' }),
      }),
    )

  it('[ASVS 3.4.3] allow its own files and nothing inline', async () => {
    const { headers } = await send(page(), 'GET /x')
    const policy = headers.get('content-security-policy') ?? ''
    for (const directive of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split('; ')).toContain(directive)
    }
    expect(policy).not.toContain('unsafe')
  })

  it('give way to its own', async () => {
    const own = { 'Content-Security-Policy': "default-src 'none'" }
    const { headers } = await send(page(own), 'GET /x')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'")
  })

  it.each([
    ['text/html', 'text/html; charset=utf-8'],
    ['text/csv; charset=latin1', 'text/csv; charset=latin1'],
    ['text/plain;format=flowed', 'text/plain;format=flowed; charset=utf-8'],
    ['application/xml', 'application/xml; charset=utf-8'],
    ['application/atom+xml', 'application/atom+xml; charset=utf-8'],
    ['image/svg+xml', 'image/svg+xml'],
    ['application/json', 'application/json'],
    ['image/png', 'image/png'],
  ])('[ASVS 4.1.1] name the character set of %s', async (declared, sent) => {
    const app = appOf(
      defineOperation()({
        method: 'GET',
        path: '/x',
        responses: { 200: content(declared) },
        guard: anyone,
        handler: () => ({ status: 200, body: '1' }),
      }),
    )
    expect((await send(app, 'GET /x')).headers.get('content-type')).toBe(sent)
  })
})

it('the cache of a branch is that of what is read there', async () => {
  const base = { path: '/x', responses: { 204: null }, guard: anyone } as const
  const handler = () => ({ status: 204 }) as const
  const tree = {
    get: defineOperation()({ ...base, method: 'GET', handler }),
    post: defineOperation()({ ...base, method: 'POST', handler }),
  }
  const app = createApp({ operations: branch({ cache: { maxAge: 60 } }, tree) })
  expect((await send(app, 'GET /x')).headers.get('cache-control')).toBe('private, max-age=60')
  expect((await send(app, 'POST /x')).headers.get('cache-control')).toBe('no-store')
})
