import { anyone, content, createApp, defineOperation, type Method } from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, ORIGIN, record, send } from './send.ts'

const define = defineOperation()

function respond(method: Method) {
  return define({
    method,
    path: '/things',
    responses: { 204: null },
    guard: anyone,
    handler: () => ({ status: 204 }),
  })
}

describe('the origin check', () => {
  const trustedOrigins = ['https://admin.example', 'https://shop.example:8443']
  const app = createApp({
    operations: {
      list: respond('GET'),
      create: respond('POST'),
      replace: respond('PUT'),
      change: respond('PATCH'),
      remove: respond('DELETE'),
    },
    trustedOrigins,
  })

  const origins = [
    undefined,
    ORIGIN,
    'https://admin.example',
    'https://shop.example:8443',
    'null',
    '',
    'https://evil.example',
    'http://shop.example',
    'https://shop.example.evil.example',
    'https://evil.example?https://shop.example',
    'https://shop.example/',
    'https://shop.example:443',
    'HTTPS://SHOP.EXAMPLE',
    'https://shop.example, https://evil.example',
    '*',
  ]
  const sites = [undefined, 'same-origin', 'none', 'same-site', 'cross-site', 'Same-Origin', '']
  const types = [
    undefined,
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    '?',
  ]
  const credentials = [
    { cookie: 'a=1' },
    { cookie: 'a=1', authorization: 'Bearer x' },
    { authorization: 'Bearer x' },
    {},
  ]

  const cases = ['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) =>
    origins.flatMap((origin) =>
      sites.flatMap((site) => credentials.map((given) => ({ method, origin, site, given }))),
    ),
  )

  /** The rule in words, apart from the code: shown credentials pass, ambient ones need our origin. */
  function isAllowed({ origin, site, given }: (typeof cases)[number]): boolean {
    const ambient = 'cookie' in given
    const browser = origin !== undefined || site !== undefined
    if (!ambient && (!browser || 'authorization' in given)) return true
    if (origin !== undefined && trustedOrigins.includes(origin)) return true
    if (origin === ORIGIN) return site === undefined || site === 'same-origin'
    return origin === undefined && (site === 'same-origin' || site === 'none')
  }

  it('[family 3] [ASVS 3.5.1] lets exactly the same origin and trusted ones act with cookies', async () => {
    for (const [index, each] of cases.entries()) {
      const { method, origin, site, given } = each
      const type = types[index % types.length]
      const headers = {
        ...given,
        ...(origin !== undefined && { origin }),
        ...(site !== undefined && { 'sec-fetch-site': site }),
        ...(type !== undefined && { 'content-type': type }),
      }
      const { status, body } = await send(app, `${method} /things`, { headers })
      expect([each, status]).toEqual([each, isAllowed(each) ? 204 : 403])
      if (status === 403) expect(body).toMatchObject({ code: 'cross_origin' })
    }
  })

  it.each([
    [{ cookie: 'a=1' }, 'A request with a cookie must also bring the header Origin.'],
    [
      { origin: 'http://shop.example' },
      `This request may only be sent from ${ORIGIN}; its Origin is http://shop.example.`,
    ],
    [
      { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
      `This request may only be sent from ${ORIGIN}; its Sec-Fetch-Site is cross-site.`,
    ],
  ])('tells why it refuses %j', async (headers, detail) => {
    const { body } = await send(app, 'POST /things', { headers })
    expect(body).toMatchObject({ code: 'cross_origin', detail })
  })

  it('leaves safe methods alone', async () => {
    const headers = {
      cookie: 'a=1',
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    }
    for (const [method, status] of [
      ['GET', 204],
      ['HEAD', 204],
      ['OPTIONS', 204],
    ]) {
      expect((await send(app, `${method} /things`, { headers })).status).toBe(status)
    }
  })

  it('comes before authentication and validation', async () => {
    const seen: string[] = []
    const guarded = createApp({
      operations: {
        create: define({
          method: 'POST',
          path: '/things',
          body: v.object({}),
          responses: { 204: null },
          handler: () => ({ status: 204 }),
        }),
      },
      authenticate: () => {
        seen.push('authenticate')
        return null
      },
    })
    const headers = { cookie: 'a=1', origin: 'https://evil.example' }
    expect((await send(guarded, 'POST /things', { headers })).status).toBe(403)
    expect(seen).toEqual([])
  })

  it.each([
    'shop.example',
    'https://shop.example/',
    '*',
    'null',
    '',
    'https://a.example/x',
    'ftp:',
  ])('cannot be told to trust %j', (origin) => {
    expect(() => createApp({ operations: {}, trustedOrigins: [origin] })).toThrow(
      `trustedOrigins: "${origin}" is not an origin`,
    )
  })
})

describe('the headers of every answer', () => {
  const app = createApp({
    operations: {
      json: define({
        method: 'GET',
        path: '/json',
        responses: { 200: v.object({}) },
        guard: anyone,
        handler: () => ({ status: 200, body: {} }),
      }),
      page: define({
        method: 'GET',
        path: '/page',
        responses: { 200: content('text/html; charset=utf-8') },
        guard: anyone,
        handler: () => ({
          status: 200,
          body: '<!doctype html>',
          headers: {
            'Content-Security-Policy': "default-src 'self'",
            'cache-control': 'public, max-age=60',
            'set-cookie': ['a=1', 'b=2'],
          },
        }),
      }),
      fail: define({
        method: 'GET',
        path: '/fail',
        responses: { 204: null },
        guard: anyone,
        handler: () => {
          throw new Error('secret')
        },
      }),
      signedIn: define({
        method: 'GET',
        path: '/mine',
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      }),
    },
    signals: record().signals,
  })
  const defaults = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
  }

  it.each([
    ['GET /json', 200],
    ['GET /mine', 401],
    ['GET /fail', 500],
    ['GET /nothing', 404],
    ['POST /json', 405],
    ['OPTIONS /json', 204],
    ['GET /json?a=1', 422],
    ['GET /json/%2F', 400],
  ])(
    '[ASVS 3.5.8] [ASVS 3.4.1] [ASVS 3.4.3] [ASVS 3.4.4] [ASVS 3.4.5] [ASVS 3.4.6] [ASVS 3.4.8] [ASVS 14.3.2] are there for %s, which is %i',
    async (line, status) => {
      const answer = await send(app, line)
      expect(answer.status).toBe(status)
      expect(Object.fromEntries(answer.headers)).toMatchObject(defaults)
    },
  )

  it('leave strict transport out over plain HTTP', async () => {
    for (const path of ['/json', '/nothing']) {
      const { headers } = await app.fetch(new Request(`http://shop.example${path}`))
      expect(headers.has('strict-transport-security')).toBe(false)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('give way to those of the answer, whatever their case', async () => {
    const { headers } = await send(app, 'GET /page')
    expect(headers.get('content-security-policy')).toBe("default-src 'self'")
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('name the scheme that asks for credentials', async () => {
    expect((await send(app, 'GET /mine')).headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each([
    ['location', '/a\r\nset-cookie: x=1'],
    ['location', '/a\nx: 1'],
    ['location', '/a\0'],
    ['location', '/ä😀'],
    ['x y', 'a'],
    ['x\r\ny', 'a'],
    ['', 'a'],
    ['content-length', '3'],
    ['Transfer-Encoding', 'chunked'],
    ['connection', 'close'],
  ])('[ASVS 1.2.1] [family 7] never carry %j: %j', async (name, value) => {
    const { signals, logs } = record()
    for (const values of [value, ['ok', value]]) {
      const answering = appOf(
        define({
          method: 'GET',
          path: '/x',
          responses: { 204: null },
          guard: anyone,
          handler: () => ({ status: 204, headers: { [name]: values } }),
        }),
        { signals },
      )
      const throwing = appOf(
        define({
          method: 'GET',
          path: '/x',
          responses: { 204: null },
          guard: anyone,
          handler: () => {
            throw new PlinthError('no', 'No.', { status: 409, headers: { [name]: value } })
          },
        }),
        { signals },
      )
      for (const app of [answering, throwing]) {
        const { status, headers } = await send(app, 'GET /x')
        expect(status).toBe(500)
        expect(headers.has('set-cookie')).toBe(false)
        expect(logs.at(-1)?.error).toMatchObject({ code: 'misuse' })
      }
    }
  })
})
