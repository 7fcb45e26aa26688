import assert from 'node:assert/strict'
import {
  type App,
  anyone,
  content,
  createApp,
  createProxyTrust,
  defineOperation,
  fromRequest,
  parseCookies,
  role,
  serializeCookie,
} from 'plinth/http'
import { createSignals, PlinthError, type SpanRecord } from 'plinth/kernel'
import * as v from 'valibot'
import type { Case, Suite } from './main.ts'

const ORIGIN = 'https://shop.example'
const json = { 'content-type': 'application/json' }
const define = defineOperation()
const params = v.object({ id: v.string() })

const operations = {
  notes: {
    get: define({
      method: 'GET',
      path: '/notes/:id',
      params,
      query: v.object({
        tag: v.optional(v.array(v.string())),
        limit: v.optional(v.string(), '20'),
      }),
      responses: { 200: v.looseObject({}) },
      guard: anyone,
      handler: ({ params: { id }, query }) => ({ status: 200, body: { id, ...query } }),
    }),
    create: define({
      method: 'POST',
      path: '/notes',
      body: v.object({
        title: v.pipe(v.string(), v.maxLength(200)),
        tags: v.optional(v.array(v.object({ name: v.string() }))),
        extra: v.optional(v.looseObject({})),
      }),
      responses: { 201: v.looseObject({}) },
      guard: anyone,
      bodyLimit: 50_000,
      handler: async ({ body }) => ({
        status: 201,
        headers: { location: '/notes/1', 'set-cookie': ['a=1', 'b=2'] },
        body: { ...body },
      }),
    }),
  },
  mine: define({
    method: 'GET',
    path: '/mine',
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
  staff: define({
    method: 'GET',
    path: '/staff',
    guard: role('staff'),
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
  fail: define({
    method: 'GET',
    path: '/fail/:id',
    params,
    responses: { 204: null },
    guard: anyone,
    handler: ({ params: { id } }) => {
      if (id === 'refuse') throw new PlinthError('sold_out', 'None are left.', { status: 409 })
      throw new Error('secret')
    },
  }),
  text: define({
    method: 'GET',
    path: '/text',
    responses: { 200: content('text/plain; charset=utf-8') },
    guard: anyone,
    handler: () => ({ status: 200, body: new Blob(['hällo']).stream() }),
  }),
  slow: define({
    method: 'GET',
    path: '/slow',
    responses: { 204: null },
    guard: anyone,
    timeout: 10,
    handler: ({ signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  }),
}

const spans: SpanRecord[] = []
const signals = createSignals()
signals.subscribe({
  span: (span) => {
    spans.push(span)
  },
  // Somebody listens, so that expected failures do not go to the console.
  log: () => {},
})
const app = createApp({
  operations,
  signals,
  authenticate: (incoming) =>
    incoming.header('authorization') === 'Bearer ada'
      ? { actor: { id: 'ada', roles: [] }, credential: 'bearer', sessionId: '1' }
      : null,
})

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function send(line: string, init: RequestInit = {}, to: App = app): Promise<Answered> {
  const [method = 'GET', path = '/'] = line.split(' ', 2)
  const response = await to.fetch(new Request(ORIGIN + path, { ...init, method }))
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const post = (body: BodyInit, headers: Record<string, string> = json) =>
  send('POST /notes', { body, headers })

async function refuses(answer: Promise<Answered>, status: number, code: string): Promise<Problem> {
  const { status: actual, headers, text } = await answer
  assert.equal(actual, status, text)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  const problem: Problem = JSON.parse(text)
  assert.equal(problem.status, status)
  assert.equal(problem.code, code)
  return problem
}

interface Problem {
  readonly status: number
  readonly code: string
  readonly position?: number
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

const cases: Record<string, () => Promise<void>> = {
  async 'answers with the parameters and the query'() {
    const { status, headers, text } = await send('GET /notes/caf%C3%A9%20%2525?tag=a&tag=b+c')
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.deepEqual(JSON.parse(text), { id: 'café %25', tag: ['a', 'b c'], limit: '20' })
  },
  async 'creates from a JSON body'() {
    const { status, headers, text } = await post('{"title":"\\u00e4 \\ud83d\\ude00"}')
    assert.equal(status, 201)
    assert.equal(headers.get('location'), '/notes/1')
    assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
    assert.deepEqual(JSON.parse(text), { title: 'ä 😀' })
  },
  async 'streams content'() {
    const { headers, text } = await send('GET /text')
    assert.deepEqual([headers.get('content-type'), text], ['text/plain; charset=utf-8', 'hällo'])
  },
  async 'answers HEAD without a body'() {
    const { status, text, headers } = await send('HEAD /notes/1')
    assert.deepEqual([status, text], [200, ''])
    assert.equal(headers.get('content-length'), String('{"id":"1","limit":"20"}'.length))
  },
  async 'answers OPTIONS with Allow'() {
    const { status, headers } = await send('OPTIONS /notes/1')
    assert.deepEqual([status, headers.get('allow')], [204, 'GET, HEAD, OPTIONS'])
  },
  async 'answers an unknown path with 404'() {
    await refuses(send('GET /nothing'), 404, 'not_found')
    await refuses(send('GET /notes/1/'), 404, 'not_found')
  },
  async 'answers a method that the path lacks with 405'() {
    const answer = send('DELETE /notes/1')
    await refuses(answer, 405, 'method_not_allowed')
    assert.equal((await answer).headers.get('allow'), 'GET, HEAD, OPTIONS')
  },
  async 'refuses paths that could be read in two ways'() {
    for (const path of ['/notes//1', '/notes/..%2f1', '/notes/%5C', '/notes/%00', '/notes/%C3']) {
      await refuses(send(`GET ${path}`), 400, 'invalid_path')
    }
    for (const path of ['//notes/1', '/notes/./1', '/notes/../notes/1', '/notes\\1', '/notes/ä']) {
      const incoming = fromRequest(new Request(`${ORIGIN}/notes/1`))
      const raw = Object.create(incoming, { path: { value: path }, header: { value: () => null } })
      assert.equal((await app.handle(raw)).status, 400, path)
    }
  },
  async 'refuses unknown and repeated keys of the query'() {
    const problem = await refuses(send('GET /notes/1?a=1&limit=1&limit=2'), 422, 'invalid_input')
    assert.deepEqual(problem.issues, [{ path: 'query.limit', message: 'Given more than once' }])
    const unknown = await refuses(send('GET /notes/1?__proto__[a]=1'), 422, 'invalid_input')
    assert.deepEqual(unknown.issues, [{ path: 'query.__proto__[a]', message: 'Unknown key' }])
    await refuses(send('GET /notes/1?limit=%ff'), 400, 'invalid_query')
  },
  async 'refuses unknown keys of the body at every depth'() {
    const problem = await refuses(
      post('{"title":"a","tags":[{"name":"a","b":1}],"c":1}'),
      422,
      'invalid_input',
    )
    assert.deepEqual(problem.issues, [
      { path: 'body.tags.0.b', message: 'Unknown key' },
      { path: 'body.c', message: 'Unknown key' },
    ])
    await refuses(post('[]'), 422, 'invalid_input')
    await refuses(post('{"title":7}'), 422, 'invalid_input')
  },
  async 'refuses keys called __proto__ wherever they are'() {
    for (const text of [
      '{"title":"a","__proto__":{"x":1}}',
      '{"title":"a","\\u005f_proto__":{"x":1}}',
      '{"title":"a","extra":{"a":[{"__proto__":{"x":1}}]}}',
    ]) {
      await refuses(post(text), 422, 'invalid_input')
    }
    assert.equal(({} as { x?: unknown }).x, undefined)
  },
  async 'refuses NUL and half surrogate pairs in texts'() {
    for (const text of [
      '{"title":"\\u0000"}',
      '{"title":"\\ud800"}',
      '{"title":"\\udc00\\ud800"}',
    ]) {
      const { issues } = await refuses(post(text), 422, 'invalid_input')
      assert.equal(issues?.[0]?.path, 'body.title')
    }
    await refuses(send('GET /notes/1?limit=%00'), 422, 'invalid_input')
  },
  async 'refuses malformed JSON with its place'() {
    for (const [text, position] of [
      ['{', 1],
      ['{"title":}', 9],
      ['{"title":"a",}', 13],
      ['{"title":"a"} x', 14],
      ["{'title':1}", 1],
      ['nul', 0],
    ] as const) {
      assert.equal((await refuses(post(text), 400, 'invalid_json')).position, position, text)
    }
    await refuses(post(Uint8Array.of(0x22, 0xff, 0x22)), 400, 'invalid_json')
    await refuses(send('POST /notes', { headers: json }), 400, 'missing_body')
  },
  async 'refuses JSON that is nested too deep'() {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = open.repeat(9_000) + close.repeat(9_000)
      await refuses(post(deep.slice(0, 50_000)), 400, 'invalid_json')
    }
  },
  async 'refuses other media types'() {
    for (const type of ['text/plain', 'application/json; charset=utf-16', 'multipart/form-data']) {
      const answer = post('{"title":"a"}', { 'content-type': type })
      await refuses(answer, 415, 'unsupported_media_type')
      assert.equal((await answer).headers.get('accept'), 'application/json')
    }
    await refuses(post(new Uint8Array(2).fill(0x20), {}), 415, 'unsupported_media_type')
    const compressed = post('{"title":"a"}', { ...json, 'content-encoding': 'gzip' })
    await refuses(compressed, 415, 'unsupported_media_type')
  },
  async 'refuses a body over the limit with its length announced'() {
    await refuses(post('{"title":"a"}'.padEnd(50_001)), 413, 'body_too_large')
    assert.equal((await post('{"title":"a"}'.padEnd(50_000))).status, 201)
  },
  async 'refuses a body over the limit with no length announced'() {
    const chunk = new TextEncoder().encode(' '.repeat(10_000))
    const body = () => {
      let left = 6
      return new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(chunk)
          else controller.close()
        },
      })
    }
    const init = { body: body(), headers: json, duplex: 'half' }
    await refuses(send('POST /notes', init), 413, 'body_too_large')
    const lying = new Request(`${ORIGIN}/notes`, { method: 'POST', ...init, body: body() })
    const incoming = fromRequest(lying)
    await assert.rejects(async () => incoming.bytes(50_000), { code: 'body_too_large' })
  },
  async 'answers 401 and 403 by the guard'() {
    await refuses(send('GET /mine'), 401, 'unauthenticated')
    const headers = { authorization: 'Bearer ada' }
    assert.equal((await send('GET /mine', { headers })).status, 204)
    await refuses(send('GET /staff', { headers }), 403, 'denied')
  },
  async 'refuses unsafe requests with cookies from elsewhere'() {
    const body = '{"title":"a"}'
    const from = (headers: Record<string, string>) => {
      // Runtimes may forbid these names on a `Request`, as browsers do; servers hand them over.
      const incoming = fromRequest(new Request(`${ORIGIN}/notes`, { method: 'POST', body }))
      const all = new Map(Object.entries({ ...json, ...headers }))
      const header = (name: string) => all.get(name) ?? null
      return app.handle(Object.create(incoming, { header: { value: header }, ...own(incoming) }))
    }
    const cookie = 'session=1'
    assert.equal((await from({ cookie, origin: ORIGIN })).status, 201)
    assert.equal((await from({ cookie, 'sec-fetch-site': 'same-origin' })).status, 201)
    assert.equal(
      (await from({ authorization: 'Bearer a', origin: 'https://a.example' })).status,
      201,
    )
    for (const headers of [
      { cookie },
      { cookie, origin: 'null' },
      { cookie, origin: 'https://evil.example' },
      { cookie, origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
      { cookie, 'sec-fetch-site': 'same-site' },
      { cookie, authorization: 'Bearer a', origin: 'https://evil.example' },
    ]) {
      assert.equal((await from(headers)).status, 403, JSON.stringify(headers))
    }
  },
  async 'tells nothing of an error of the server'() {
    const answer = send('GET /fail/now')
    await refuses(answer, 500, 'internal_error')
    assert.ok(!(await answer).text.includes('secret'))
    await refuses(send('GET /fail/refuse'), 409, 'sold_out')
  },
  async 'gives up a request after its time'() {
    await refuses(send('GET /slow'), 503, 'timeout')
  },
  async 'sends security headers with every answer'() {
    for (const line of ['GET /notes/1', 'GET /nothing', 'GET /fail/now', 'OPTIONS /notes']) {
      const { headers } = await send(line)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.match(headers.get('strict-transport-security') ?? '', /max-age=31536000/)
    }
  },
  async 'goes on with the trace of the caller'() {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
    const answer = await send('GET /notes/7', { headers })
    assert.ok(answer.headers.get('traceparent')?.startsWith(`00-${traceId}-`))
    const span = spans.find((each) => each.traceId === traceId)
    assert.equal(span?.name, 'GET /notes/{id}')
    assert.equal(span?.attributes['http.response.status_code'], 200)
  },
  async 'hands other paths to the fallback'() {
    const other = createApp({ operations, fallback: (request) => new Response(request.method) })
    const { status, text } = await send('PUT /elsewhere', {}, other)
    assert.deepEqual([status, text], [200, 'PUT'])
  },
  async 'writes and reads cookies'() {
    const header = serializeCookie('__Host-a', 'b', { maxAge: 1 })
    assert.equal(header, '__Host-a=b; Path=/; Max-Age=1; Secure; HttpOnly; SameSite=Lax')
    assert.equal(parseCookies('a=1; b=2; a=3').get('b'), '2')
    assert.equal(parseCookies('a=1; b=2; a=3').get('a'), undefined)
    assert.throws(() => serializeCookie('a', 'b;c'), { code: 'misuse' })
  },
  async 'finds the client behind trusted proxies'() {
    const trust = createProxyTrust(['10.0.0.0/8'])
    const header = (name: string) =>
      name === 'x-forwarded-for' ? '6.6.6.6, 2001:DB8::1, 10.0.0.2' : null
    assert.deepEqual(trust('::ffff:10.0.0.1', header), { address: '2001:db8::1' })
    assert.deepEqual(trust('11.0.0.1', header), { address: '11.0.0.1' })
  },
  async 'fails at start for two operations on one path'() {
    const twice = { one: operations.mine, two: operations.mine }
    assert.throws(() => createApp({ operations: twice }), /one and two: both answer GET \/mine/)
  },
}

/** What an `Incoming` made of a request gives by itself, for one that inherits from it. */
function own(incoming: ReturnType<typeof fromRequest>): PropertyDescriptorMap {
  return {
    signal: { value: incoming.signal },
    bytes: { value: (limit: number) => incoming.bytes(limit) },
  }
}

export const suite: Suite = {
  name: 'http',
  needs: [],
  cases: Object.entries(cases).map(([name, run]): Case => ({ name, run })),
}
