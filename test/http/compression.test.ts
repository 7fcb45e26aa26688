import {
  type AppOptions,
  anyone,
  content,
  type DefineOperation,
  defineOperation,
  download,
  fromRequest,
  lines,
} from 'plinth/http'
import { toBase64Url } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf } from './send.ts'
import { get, watch } from './streams.ts'

const define: DefineOperation = defineOperation()
const LONG = 'a note '.repeat(1_000)

interface Case {
  readonly body?: string
  readonly headers?: Record<string, string | readonly string[]>
  readonly compress?: boolean
}

function json({ body = LONG, headers = {}, compress }: Case = {}) {
  return define({
    method: 'GET',
    path: '/x',
    responses: { 200: v.string() },
    guard: anyone,
    ...(compress !== undefined && { compress }),
    handler: () => ({ status: 200, headers, body }),
  })
}

const gzip = { 'accept-encoding': 'gzip' }

/** How an answer is coded, and what it says once it is decoded. */
async function ask(
  operation: Parameters<typeof appOf>[0],
  headers: Record<string, string>,
  options: Partial<AppOptions> = {},
) {
  const response = await appOf(operation, options).fetch(get(headers))
  const coding = response.headers.get('content-encoding')
  const body = response.body ?? new Blob([]).stream()
  const plain = coding === 'gzip' ? body.pipeThrough(new DecompressionStream('gzip')) : body
  return { coding, headers: response.headers, text: await new Response(plain).text() }
}

describe('compression', () => {
  it.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'gzip, deflate, br, zstd',
    'br;q=1.0, gzip;q=0.8, *;q=0.1',
    '*',
    'gzip;q=0.001',
    'gzip, identity;q=0.5',
    'identity;q=0, *',
  ])('is done for Accept-Encoding %s', async (accepted) => {
    const { coding, headers, text } = await ask(json(), { 'accept-encoding': accepted })
    expect([coding, text]).toEqual(['gzip', JSON.stringify(LONG)])
    expect(headers.get('vary')).toBe('accept-encoding')
    expect(headers.has('content-length')).toBe(false)
  })

  it.each([
    '',
    'identity',
    'br',
    'deflate',
    'gzip;q=0',
    'gzip;q=0, *',
    '*;q=0',
    'gzip;q=0.5, identity',
    'gzip;q=2',
    'gzip;q=x',
    'gzi',
    'notgzip',
    'gzip2',
  ])('is not done for Accept-Encoding %j', async (accepted) => {
    const { coding, text } = await ask(json(), { 'accept-encoding': accepted })
    expect([coding, text]).toEqual([null, JSON.stringify(LONG)])
  })

  it('is not done for those who do not ask', async () => {
    expect((await ask(json(), {})).coding).toBeNull()
  })

  it('leaves short bodies alone', async () => {
    expect((await ask(json({ body: 'x'.repeat(1_021) }), gzip)).coding).toBeNull()
    expect((await ask(json({ body: 'x'.repeat(1_022) }), gzip)).coding).toBe('gzip')
  })

  it.each([
    ['text/plain', 'gzip'],
    ['text/html; charset=utf-8', 'gzip'],
    ['application/ld+json', 'gzip'],
    ['application/xml', 'gzip'],
    ['image/svg+xml', 'gzip'],
    ['application/javascript', 'gzip'],
    ['image/png', null],
    ['application/zip', null],
    ['application/octet-stream', null],
    ['application/pdf', null],
    ['video/mp4', null],
  ])('of %s is %s', async (mediaType, expected) => {
    const bodies = [LONG, new TextEncoder().encode(LONG), new Blob([LONG]).stream()]
    for (const body of bodies) {
      const operation = define({
        method: 'GET',
        path: '/x',
        responses: { 200: content(mediaType) },
        guard: anyone,
        handler: () => ({ status: 200, body }),
      })
      const { coding, text } = await ask(operation, gzip)
      expect([coding, text]).toEqual([expected, LONG])
    }
  })

  it.each([
    ['is coded already', { 'content-encoding': 'br' }],
    ['must not be changed', { 'cache-control': 'public, no-transform' }],
    ['sets a cookie', { 'set-cookie': ['a=1', 'b=2'] }],
  ])('leaves an answer alone that %s', async (_, headers) => {
    expect((await ask(json({ headers }), gzip)).headers.get('content-encoding')).not.toBe('gzip')
  })

  it('makes a tag a weak one that is known again', async () => {
    const operation = json({ headers: { etag: '"v1"', vary: 'Accept-Language' } })
    const { headers } = await ask(operation, gzip)
    expect(headers.get('etag')).toBe('W/"v1"')
    expect(headers.get('vary')).toBe('Accept-Language, authorization, cookie, accept-encoding')
    const again = await appOf(operation).fetch(get({ ...gzip, 'if-none-match': 'W/"v1"' }))
    expect([again.status, again.headers.get('etag')]).toEqual([304, 'W/"v1"'])
    expect((await ask(operation, {})).headers.get('etag')).toBe('"v1"')
  })

  it('is switched off by the app and by the operation', async () => {
    expect((await ask(json(), gzip, { compress: false })).coding).toBeNull()
    expect((await ask(json({ compress: false }), gzip)).coding).toBeNull()
    expect((await ask(json({ compress: true }), gzip, { compress: false })).coding).toBe('gzip')
  })

  it('leaves downloads and their ranges alone', async () => {
    const file = define({
      method: 'GET',
      path: '/x',
      responses: { 200: download('text/plain') },
      guard: anyone,
      handler: () => ({ status: 200, body: new Blob([LONG]) }),
    })
    expect((await ask(file, gzip)).coding).toBeNull()
    const part = await ask(file, { ...gzip, range: 'bytes=0-4000' })
    expect([part.coding, part.text.length]).toEqual([null, 4_001])
  })

  it.each([
    [undefined, null],
    [true, 'gzip'],
  ])('of lines waits until it is asked for: %s', async (compress, expected) => {
    const operation = define({
      method: 'GET',
      path: '/x',
      responses: { 200: lines(v.string()) },
      guard: anyone,
      ...(compress !== undefined && { compress }),
      handler: () => ({
        status: 200,
        body: (async function* () {
          for (let n = 0; n < 100; n++) yield LONG
        })(),
      }),
    })
    const { coding, text } = await ask(operation, gzip)
    expect([coding, text.split('\n').length]).toEqual([expected, 101])
  })

  it('ends its source when nobody reads any more', async () => {
    const source = watch(() => toBase64Url(crypto.getRandomValues(new Uint8Array(3000))))
    const operation = define({
      method: 'GET',
      path: '/x',
      responses: { 200: lines(v.string()) },
      guard: anyone,
      compress: true,
      handler: () => ({ status: 200, body: source }),
    })
    const response = await appOf(operation).fetch(get(gzip))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    const asked = source.asked()
    await new Promise((resolve) => setTimeout(resolve, 5))
    // Gzip reads ahead by what its buffers hold, and no further. Of what repeats itself they hold any number.
    expect(source.asked() - asked).toBeLessThan(100)
    await reader.cancel()
    await source.ended
    expect(source.returned()).toBe(1)
  })

  it('tells HEAD what GET would be told', async () => {
    const app = appOf(json())
    const response = await app.fetch(get(gzip, { method: 'HEAD' }))
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.has('content-length')).toBe(false)
    const { body } = await app.handle(fromRequest(get(gzip, { method: 'HEAD' })))
    expect(body).toBeNull()
  })
})

describe('the length of an answer', () => {
  it.each([
    [{}, 'gzip'],
    [{ authorization: 'Bearer x' }, 'gzip'],
    [{ 'sec-fetch-site': 'cross-site' }, 'gzip'],
    [{ cookie: 'session=1', 'sec-fetch-site': 'same-origin' }, 'gzip'],
    [{ cookie: 'session=1', 'sec-fetch-site': 'none' }, 'gzip'],
    [{ cookie: 'session=1', 'sec-fetch-site': 'cross-site' }, null],
    [{ cookie: 'session=1', 'sec-fetch-site': 'same-site' }, null],
    [{ cookie: 'session=1', 'sec-fetch-site': 'Same-Origin' }, null],
    [{ cookie: 'session=1' }, null],
  ] as [Record<string, string>, string | null][])(
    '[ASVS 14.2.2] tells other sites nothing of it: %o gets %s',
    async (headers, expected) => {
      expect((await ask(json(), { ...gzip, ...headers })).coding).toBe(expected)
    },
  )
})
