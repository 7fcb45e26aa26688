import fc from 'fast-check'
import { Hono } from 'hono'
import { anyone, createApp, defineOperation, type Method, type OperationTree } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ORIGIN, record, send } from './send.ts'

const define = defineOperation()

/** An operation that answers with its own path and the parameters it was given. */
function echo(method: Method, path: string) {
  const names = Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => name)
  const params = v.object(Object.fromEntries(names.map((name) => [name, v.string()])))
  return define({
    method,
    path,
    ...(names.length > 0 ? { params } : {}),
    responses: { 200: v.looseObject({}) },
    guard: anyone,
    handler: ({ params: values }) => ({ status: 200, body: { path, values } }),
  })
}

const app = createApp({
  operations: {
    home: echo('GET', '/'),
    notes: {
      list: echo('GET', '/notes'),
      create: echo('POST', '/notes'),
      newest: echo('GET', '/notes/newest'),
      get: echo('GET', '/notes/:id'),
      remove: echo('DELETE', '/notes/:note'),
      line: echo('GET', '/notes/:id/lines/:line'),
    },
    wellKnown: echo('GET', '/.well-known/security.txt'),
  },
})

describe('routing', () => {
  it.each([
    ['GET /', '/', undefined],
    ['GET /notes', '/notes', undefined],
    ['GET /notes/newest', '/notes/newest', undefined],
    ['GET /notes/7', '/notes/:id', { id: '7' }],
    ['DELETE /notes/7', '/notes/:note', { note: '7' }],
    ['GET /notes/7/lines/9', '/notes/:id/lines/:line', { id: '7', line: '9' }],
    ['GET /.well-known/security.txt', '/.well-known/security.txt', undefined],
  ])('leads %s to %s', async (line, path, values) => {
    const { status, body } = await send(app, line)
    expect(status).toBe(200)
    expect(body).toEqual({ path, ...(values && { values }) })
  })

  it('[ASVS 1.1.1] decodes parameters exactly once', async () => {
    for (const value of ['a b', 'ä/?#%', '%2F', '../..', '100%', '😀', ':id', '{id}']) {
      if (value.includes('/')) continue
      const { body } = await send(app, `GET /notes/${encodeURIComponent(value)}`)
      expect(body).toEqual({ path: '/notes/:id', values: { id: value } })
    }
  })

  it.each([
    'GET /nothing',
    'GET /notes/',
    'GET /notes/7/',
    'GET /Notes',
    'GET /notes/7/lines',
    'POST /nothing',
    'OPTIONS /nothing',
  ])('answers %s with 404', async (line) => {
    const { status, headers, body } = await send(app, line)
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is nothing at this path.',
      code: 'not_found',
    })
  })

  it.each([
    ['PUT /notes', 'GET, HEAD, POST, OPTIONS'],
    ['PATCH /notes/7', 'GET, HEAD, DELETE, OPTIONS'],
    ['DELETE /notes/newest', 'GET, HEAD, OPTIONS'],
    ['PROPFIND /notes', 'GET, HEAD, POST, OPTIONS'],
    ['ALL /notes', 'GET, HEAD, POST, OPTIONS'],
    ['constructor /notes', 'GET, HEAD, POST, OPTIONS'],
  ])('[ASVS 4.1.4] answers %s with 405 and Allow', async (line, allow) => {
    const { status, headers, body } = await send(app, line)
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe(allow)
    expect(body).toMatchObject({ code: 'method_not_allowed', status: 405 })
  })

  it('answers OPTIONS with 204 and Allow', async () => {
    const { status, headers, text } = await send(app, 'OPTIONS /notes')
    expect(status).toBe(204)
    expect(headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
    expect(text).toBe('')
  })

  it('answers HEAD as GET without the body', async () => {
    const get = await send(app, 'GET /notes/%C3%A4')
    const head = await send(app, 'HEAD /notes/%C3%A4')
    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.headers.get('content-length')).toBe(
      String(new TextEncoder().encode(get.text).length),
    )
    head.headers.delete('content-length')
    expect([...head.headers]).toEqual([...get.headers])
  })

  it('answers HEAD with 405 where GET is missing', async () => {
    const only = createApp({ operations: { create: echo('POST', '/notes') } })
    const { status, headers } = await send(only, 'HEAD /notes')
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  it('hands other paths to the fallback, with all that it answers', async () => {
    const withFallback = createApp({
      operations: { list: echo('GET', '/notes') },
      fallback: async (request) => {
        const headers = new Headers({ 'x-path': new URL(request.url).pathname })
        headers.append('set-cookie', 'a=1')
        headers.append('set-cookie', 'b=2')
        return new Response(await request.text(), { status: 418, headers })
      },
    })
    const { status, text, headers } = await send(withFallback, 'POST /old/', { body: 'hello' })
    expect([status, text, headers.get('x-path')]).toEqual([418, 'hello', '/old/'])
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect((await send(withFallback, 'POST /notes')).status).toBe(405)
  })

  it('answers a failing fallback with 500 and without its message', async () => {
    const failing = createApp({
      operations: {},
      fallback: () => Promise.reject(new Error('secret')),
      signals: silent(),
    })
    const { status, text } = await send(failing, 'GET /')
    expect(status).toBe(500)
    expect(text).not.toContain('secret')
  })

  it('lives before, behind and inside an app of Hono', async () => {
    const hono = new Hono().get('/hono', (c) => c.text('hono'))
    const behind = createApp({ operations: { list: echo('GET', '/notes') }, fallback: hono.fetch })
    expect((await send(behind, 'GET /hono')).text).toBe('hono')
    expect((await send(behind, 'GET /nothing')).status).toBe(404)

    const outer = new Hono().get('/hono', (c) => c.text('hono')).mount('/api', app.fetch)
    const fetch = async (request: Request) => outer.fetch(request)
    const inside = { ...app, fetch }
    expect((await send(inside, 'GET /hono')).text).toBe('hono')
    expect((await send(inside, 'GET /api/notes/7')).body).toMatchObject({ values: { id: '7' } })
    expect((await send(inside, 'GET /api/nothing')).body).toMatchObject({ code: 'not_found' })
  })

  it('[ASVS 1.5.3] [family 6] agrees with a plain reading of the declared paths', async () => {
    const segment = fc.constantFrom('a', 'b', ':x', ':y', 'a.b', '(c)', '$')
    const path = fc
      .uniqueArray(segment, { maxLength: 3 })
      .map((segments) => `/${segments.join('/')}`)
    const url = fc
      .array(fc.constantFrom('a', 'b', 'c', 'a.b', 'axb', '(c)', '$'), { maxLength: 4 })
      .map((segments) => `/${segments.join('/')}`)
    await fc.assert(
      fc.asyncProperty(fc.array(path, { maxLength: 8 }), url, async (paths, target) => {
        const shapes = new Map(paths.map((each) => [each.replaceAll(/:\w/g, ':'), each]))
        const operations: OperationTree = Object.fromEntries(
          [...shapes.values()].map((each, index) => [`o${index}`, echo('GET', each)]),
        )
        const { status, body } = await send(createApp({ operations }), `GET ${target}`)
        const expected = findPlainly([...shapes.values()], target)
        expect(status).toBe(expected === undefined ? 404 : 200)
        if (expected !== undefined) expect(body).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})

/** The most plain of the matching paths, plainer segments first from the left. */
function findPlainly(paths: string[], target: string) {
  const wanted = target.split('/')
  const matches = paths.flatMap((path) => {
    const segments = path.split('/')
    const fits = segments.every((part, at) => (part[0] === ':' ? wanted[at] : part === wanted[at]))
    if (segments.length !== wanted.length || !fits) return []
    const names = segments.flatMap((part, at) =>
      part[0] === ':' ? [[part.slice(1), wanted[at]]] : [],
    )
    const rank = segments.map((part) => (part[0] === ':' ? 1 : 0)).join('')
    return [{ rank, found: { path, ...(names.length && { values: Object.fromEntries(names) }) } }]
  })
  return matches.sort((one, other) => one.rank.localeCompare(other.rank))[0]?.found
}

describe('paths', () => {
  const withFallback = createApp({
    operations: { get: echo('GET', '/notes/:id'), list: echo('GET', '/notes') },
    fallback: () => new Response('fallback'),
  })

  /** As a server hands it over, since a `Request` would tidy it up. */
  async function sendRaw(path: string) {
    const request = new Request(`${ORIGIN}/`)
    return withFallback.handle({
      method: 'GET',
      path,
      query: '',
      origin: ORIGIN,
      address: undefined,
      signal: request.signal,
      headers: request.headers,
      header: () => null,
      bytes: () => new Uint8Array(),
      stream: () => new Blob().stream(),
      request,
    })
  }

  const octets = Array.from({ length: 256 }, (_, octet) => octet)
  const hex = (octet: number) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`

  it.each([
    '//notes',
    '/notes//7',
    '/notes//',
    '//',
    '/./notes',
    '/notes/.',
    '/notes/..',
    '/notes/../notes',
    '/notes/./7',
    '/\\notes',
    '/notes\\7',
    '/notes/7%',
    '/notes/%2',
    '/notes/%GG',
    '/notes/%u0041',
    '/notes/%C3',
    '/notes/%C3%28',
    '/notes/%ED%A0%80',
    '/notes/%C0%AF',
    '/notes/ä',
    '/notes/a b',
    '/notes/a\0b',
    '/notes/a\nb',
    '/notes/a?b',
    '/notes/a#b',
    '/notes/"',
    '/notes/<b>',
    'notes',
    '',
    '*',
    'http://shop.example/notes',
  ])('[ASVS 1.1.1] [family 6] refuses %j before anything looks at it', async (path) => {
    const { status, body } = await sendRaw(path)
    expect(status).toBe(400)
    expect(JSON.parse(String(body))).toMatchObject({ code: 'invalid_path' })
  })

  it.each(['/notes', '/notes/7', '/notes/caf%C3%A9', '/notes/a%20b%25', "/notes/!$&'()*+,;=:@"])(
    'takes %j',
    async (path) => {
      expect((await sendRaw(path)).status).toBe(200)
    },
  )

  it('lets a trailing slash name something else', async () => {
    expect((await sendRaw('/notes/')).body).toBeInstanceOf(ReadableStream)
  })

  it('refuses the encoded form of what must not or need not be encoded', async () => {
    const needless = octets.filter((octet) => /[\w.~-]/.test(String.fromCharCode(octet)))
    const forbidden = octets.filter((octet) => octet < 0x20 || octet === 0x7f)
    for (const octet of [...needless, ...forbidden, 0x2f, 0x5c]) {
      const spellings = [hex(octet), hex(octet).toLowerCase()]
      for (const spelling of spellings) {
        expect([spelling, (await sendRaw(`/notes/a${spelling}`)).status]).toEqual([spelling, 400])
      }
    }
  })

  it('refuses every raw octet outside printable ASCII', async () => {
    for (const octet of octets.filter((each) => each <= 0x20 || each >= 0x7f)) {
      const { status } = await sendRaw(`/notes/a${String.fromCharCode(octet)}`)
      expect([octet, status]).toEqual([octet, 400])
    }
  })

  it('reads a value back from each of its accepted spellings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (value) => {
        const { status, body } = await sendRaw(`/notes/${encodeURIComponent(value)}`)
        const isPlain = !/[/\\\p{Cc}]/u.test(value) && value !== '.' && value !== '..'
        if (!isPlain) return
        expect(status).toBe(200)
        expect(JSON.parse(String(body)).values.id).toBe(value)
      }),
    )
  })

  it('[family 23] answers a path of a megabyte at once', async () => {
    for (const unit of ['/a', '/%20', '/.a', '%', '/', 'a']) {
      const { status } = await sendRaw(`/notes/${unit.repeat(1_000_000 / unit.length)}`)
      expect([200, 400]).toContain(status)
    }
  })
})

function silent() {
  return record().signals
}
