import fc from 'fast-check'
import { anyone, defineOperation, type Incoming, toStrict } from 'plinth/http'
import type { Issue } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, ORIGIN, send } from './send.ts'

const define = defineOperation()
const Given = v.looseObject({})

const search = appOf(
  define({
    method: 'GET',
    path: '/search/:kind',
    params: v.object({ kind: v.picklist(['notes', 'users']) }),
    query: v.object({
      q: v.pipe(v.string(), v.minLength(2)),
      limit: v.optional(v.pipe(v.string(), v.toNumber(), v.maxValue(100)), '20'),
      tag: v.optional(v.array(v.string())),
      'age.gt': v.optional(v.string()),
      word: v.optional(v.pipe(v.string(), v.nonEmpty())),
    }),
    headers: v.object({ 'x-tenant': v.optional(v.pipe(v.string(), v.maxLength(3))) }),
    responses: { 200: Given },
    guard: anyone,
    handler: ({ params, query, headers }) => ({ status: 200, body: { params, query, headers } }),
  }),
)

const Line = v.object({ product: v.string(), quantity: v.pipe(v.number(), v.integer()) })
const order = appOf(
  define({
    method: 'POST',
    path: '/orders',
    body: v.object({
      note: v.optional(v.string()),
      lines: v.array(Line),
      labels: v.optional(v.record(v.string(), v.string())),
      extra: v.optional(v.looseObject({})),
    }),
    responses: { 201: Given },
    guard: anyone,
    bodyLimit: 100_000,
    handler: ({ body }) => ({ status: 201, body: { ...body } }),
  }),
)

const bare = appOf(
  define({
    method: 'DELETE',
    path: '/bare',
    responses: { 204: null },
    guard: anyone,
    handler: () => ({ status: 204 }),
  }),
)

const valid = { lines: [{ product: 'a', quantity: 1 }] }
const utf8 = (text: string) => new TextEncoder().encode(text)
const json = { 'content-type': 'application/json' }
const postText = (body: BodyInit, headers: Record<string, string> = json) =>
  send(order, 'POST /orders', { body, headers })

function issuesOf(body: unknown): readonly Issue[] {
  return (body as { issues: Issue[] }).issues
}

describe('params, query and headers', () => {
  it('reach the handler as the schemas give them', async () => {
    const { body } = await send(search, 'GET /search/notes?q=a%20b%2Bc+d&limit=5&age.gt=7', {
      headers: { 'x-tenant': 'abc', 'x-other': 'not declared' },
    })
    expect(body).toEqual({
      params: { kind: 'notes' },
      query: { q: 'a b+c d', limit: 5, 'age.gt': '7' },
      headers: { 'x-tenant': 'abc' },
    })
  })

  it('[ASVS 2.2.2] [ASVS 2.2.1] are refused with every issue of every part', async () => {
    const { status, body } = await send(search, 'GET /search/x?q=a&limit=500&word=&a=1&b=2', {
      headers: { 'x-tenant': 'abcd' },
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_input', title: 'Unprocessable Content' })
    expect(issuesOf(body)).toEqual([
      { path: 'params.kind', message: 'Invalid type: Expected ("notes" | "users")' },
      { path: 'query.q', message: 'Invalid length: Expected >=2' },
      { path: 'query.limit', message: 'Invalid value: Expected <=100' },
      { path: 'query.word', message: 'Must not be empty' },
      { path: 'query.a', message: 'Unknown key' },
      { path: 'headers.x-tenant', message: 'Invalid length: Expected <=3' },
    ])
  })

  it('name what is missing', async () => {
    const { body } = await send(search, 'GET /search/notes')
    expect(issuesOf(body)).toEqual([{ path: 'query.q', message: 'Missing' }])
  })

  it.each([
    ['q=aa&q=bb', 'query.q'],
    ['q=aa&limit=1&limit=1', 'query.limit'],
    ['q=aa&q', 'query.q'],
    ['q=aa&%71=bb', 'query.q'],
  ])('[ASVS 15.3.7] refuse the repeated key of %s', async (query, path) => {
    const { status, body } = await send(search, `GET /search/notes?${query}`)
    expect(status).toBe(422)
    expect(issuesOf(body)).toEqual([{ path, message: 'Given more than once' }])
  })

  it.each([
    ['tag=a', ['a']],
    ['tag=a&tag=b', ['a', 'b']],
    ['tag=', ['']],
    ['tag', ['']],
    ['&&tag=a=b&', ['a=b']],
    ['tag=a+b&tag=%2B%26', ['a b', '+&']],
  ])('collect the list of %s', async (query, tags) => {
    const { body } = await send(search, `GET /search/notes?q=aa&${query}`)
    expect(body).toMatchObject({ query: { tag: tags } })
  })

  it.each(['%', '%zz', 'q=%C3', 'q=aa&x=%ff', 'q=%ED%A0%80'])(
    'are refused as malformed for %s',
    async (query) => {
      const { status, body } = await send(search, `GET /search/notes?${query}`)
      expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_query'])
    },
  )

  it.each([
    ['q=a%00b', 'query.q', 'Holds the character NUL'],
    ['q=aa&%00=b', 'query.\0', 'Holds the character NUL'],
    ['q=aa&__proto__=x', 'query.__proto__', 'Unknown key'],
    ['q=aa&__proto__[x]=x', 'query.__proto__[x]', 'Unknown key'],
    ['q=aa&constructor=x', 'query.constructor', 'Unknown key'],
    ['q=aa&constructor.prototype.x=x', 'query.constructor.prototype.x', 'Unknown key'],
    ['q=aa&toString=x', 'query.toString', 'Unknown key'],
    ['q=aa&hasOwnProperty', 'query.hasOwnProperty', 'Unknown key'],
    ['q=aa&=x', 'query.', 'Unknown key'],
    ['q[]=aa', 'query.q[]', 'Unknown key'],
  ])('refuse %s', async (query, path, message) => {
    const { status, body } = await send(search, `GET /search/notes?${query}`)
    expect(status).toBe(422)
    expect(issuesOf(body)).toContainEqual({ path, message })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('[ASVS 15.3.3] [family 20] refuse any query where none is declared', async () => {
    const { status, body } = await send(bare, 'DELETE /bare?a=1&b=2')
    expect(status).toBe(422)
    expect(issuesOf(body).map(({ path }) => path)).toEqual(['query.a', 'query.b'])
  })

  it('refuse half surrogate pairs that a runtime let through', async () => {
    const request = new Request(`${ORIGIN}/`)
    const incoming: Incoming = {
      method: 'GET',
      path: '/search/notes',
      query: 'q=a\ud800',
      origin: ORIGIN,
      address: undefined,
      signal: request.signal,
      headers: request.headers,
      header: (name) => (name === 'x-tenant' ? 'a\0' : null),
      bytes: () => new Uint8Array(),
      stream: () => new Blob().stream(),
      request,
    }
    const { status, body } = await search.handle(incoming)
    expect(status).toBe(422)
    expect(issuesOf(JSON.parse(String(body)))).toEqual([
      { path: 'query.q', message: 'Holds half of a surrogate pair' },
      { path: 'headers.x-tenant', message: 'Holds the character NUL' },
    ])
  })

  it('[ASVS 1.5.3] read any query that URLSearchParams writes', async () => {
    const any = appOf(
      define({
        method: 'GET',
        path: '/any',
        query: v.record(v.string(), v.string()),
        responses: { 200: Given },
        guard: anyone,
        handler: ({ query }) => ({ status: 200, body: query }),
      }),
    )
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'))
    const key = text.filter((each) => !['__proto__', 'constructor', 'prototype'].includes(each))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, text, { noNullPrototype: true }), async (values) => {
        const { status, body } = await send(any, `GET /any?${new URLSearchParams(values)}`)
        expect([status, body]).toEqual([200, values])
      }),
    )
  })
})

describe('a body', () => {
  it('reaches the handler as the schema gives it', async () => {
    const { status, body } = await send(order, 'POST /orders', { json: valid })
    expect([status, body]).toEqual([201, valid])
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json ; charset="utf-8"',
    'Application/JSON',
    'application/json; profile=x',
  ])('is read when it comes as %s', async (type) => {
    const { status } = await postText(JSON.stringify(valid), { 'content-type': type })
    expect(status).toBe(201)
  })

  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'application/jsonp',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/vnd.api+json',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=',
    'application',
    '*/*',
    '',
    'text/plain; application/json',
    'text/plain;charset=UTF-8;application/json',
  ])('[ASVS 4.1.1] is refused when it comes as %j', async (type) => {
    const { status, headers, body } = await postText(JSON.stringify(valid), {
      'content-type': type,
    })
    expect([status, (body as { code: string }).code]).toEqual([415, 'unsupported_media_type'])
    expect(headers.get('accept')).toBe('application/json')
  })

  it('is refused without a content type', async () => {
    const { status, body } = await postText(utf8(JSON.stringify(valid)), {})
    expect([status, (body as { code: string }).code]).toEqual([415, 'unsupported_media_type'])
  })

  it.each(['gzip', 'br', 'deflate, gzip', 'GZIP'])(
    '[family 23] is refused in %s',
    async (encoding) => {
      const { status, headers } = await postText(JSON.stringify(valid), {
        ...json,
        'content-encoding': encoding,
      })
      expect([status, headers.get('accept-encoding')]).toEqual([415, 'identity'])
    },
  )

  it('is missed when it is empty', async () => {
    for (const headers of [json, {}]) {
      const { status, body } = await send(order, 'POST /orders', { headers })
      expect([status, (body as { code: string }).code]).toEqual([400, 'missing_body'])
    }
  })

  it('may be left away when its schema says so', async () => {
    const optional = appOf(
      define({
        method: 'POST',
        path: '/orders',
        body: v.optional(Line),
        responses: { 200: Given },
        guard: anyone,
        handler: ({ body }) => ({ status: 200, body: { got: body ?? 'nothing' } }),
      }),
    )
    expect((await send(optional, 'POST /orders')).body).toEqual({ got: 'nothing' })
    const { status } = await send(optional, 'POST /orders', { json: { product: 1 } })
    expect(status).toBe(422)
  })

  it('is left unread where no schema describes it', async () => {
    const { status } = await send(bare, 'DELETE /bare', { body: '{"not json' })
    expect(status).toBe(204)
  })

  it.each([
    ['{', 1],
    ['{"lines":}', 9],
    ["{'lines':1}", 1],
    ['{"lines":[1,]}', 12],
    ['{"lines":[1] 2}', 13],
    ['{} {}', 3],
    ['[1', 2],
    ['nul', 0],
    ['NaN', 0],
    ['01', 1],
    ['"\u0001"', 0],
    ['"\\x"', 0],
    ['{"a":"b', 5],
    ['{"a" 1}', 5],
    ['{,}', 1],
    ['{"a":1,}', 7],
    ['\u00a0{}', 0],
    [' ', 1],
    ['undefined', 0],
    ['{"a":1}}', 7],
    ['// comment\n{}', 0],
  ])('of malformed JSON %j is refused with its place', async (text, position) => {
    const { status, body } = await postText(text)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_json', position })
  })

  it('[ASVS 1.5.3] of JSON is never called malformed, nor the reverse', async () => {
    const alphabet = fc.constantFrom(...'{}[],:"\\ \n-+.eE019tfn', 'true', 'null', '"a"', '\\u00e4')
    const text = fc.array(alphabet, { maxLength: 12 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(text, async (sample) => {
        const { status, body } = await postText(sample)
        if (sample === '') return
        expect(status === 400).toBe(!isJson(sample))
        const position = (body as { position?: number }).position
        if (status === 400) expect(position).toBeLessThanOrEqual(sample.length)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    [[0xff], 'a lone byte'],
    [[0x22, 0xc3, 0x28, 0x22], 'a broken sequence'],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], 'a surrogate'],
    [[0x22, 0xc0, 0x80, 0x22], 'an overlong NUL'],
    [[0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00], 'UTF-16'],
  ])('[ASVS 1.5.3] that is not UTF-8 is refused: %s (%s)', async (bytes) => {
    const { status, body } = await postText(Uint8Array.from(bytes))
    expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_json'])
  })

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
    ['[', ''],
    ['{"a":', ''],
  ])(
    '[family 23] [ASVS 15.2.2] nested ten thousand times in %s%s is refused',
    async (open, close) => {
      const { status, body } = await postText(open.repeat(10_000) + close.repeat(10_000))
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'invalid_json' })
    },
  )

  it('may be nested as deep as the limit and no deeper', async () => {
    const nested = (depth: number) =>
      `{"lines":[],"extra":{"x":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`
    expect((await postText(nested(32))).status).toBe(201)
    expect((await postText(nested(33))).status).toBe(400)
    const brackets = `{"lines":[],"note":"${'[{'.repeat(100)}\\"[[[\\\\"}`
    expect((await postText(brackets)).status).toBe(201)
  })

  it.each([
    ['{"lines":[],"note":"a\\u0000b"}', 'body.note', 'Holds the character NUL'],
    ['{"lines":[],"note":"\\ud800"}', 'body.note', 'Holds half of a surrogate pair'],
    ['{"lines":[],"note":"\\udc00\\ud800"}', 'body.note', 'Holds half of a surrogate pair'],
    ['{"lines":[{"product":"\\u0000"}]}', 'body.lines.0.product', 'Holds the character NUL'],
    ['{"lines":[],"labels":{"\\u0000":"a"}}', 'body.labels.\0', 'Holds the character NUL'],
    ['{"lines":[],"extra":{"a":[["\\u0000"]]}}', 'body.extra.a.0.0', 'Holds the character NUL'],
    ['{"lines":[],"__proto__":{"a":1}}', 'body.__proto__', 'Unknown key'],
    ['{"lines":[],"\\u005f_proto__":{"a":1}}', 'body.__proto__', 'Unknown key'],
    ['{"lines":[],"extra":{"__proto__":{"a":1}}}', 'body.extra.__proto__', 'Unknown key'],
    ['{"lines":[],"labels":{"__proto__":"a"}}', 'body.labels.__proto__', 'Unknown key'],
    ['{"lines":[],"constructor":{"prototype":{"a":1}}}', 'body.constructor', 'Unknown key'],
    ['{"lines":[],"toString":1}', 'body.toString', 'Unknown key'],
    ['{"lines":[{"product":"a","quantity":1,"price":0}]}', 'body.lines.0.price', 'Unknown key'],
  ])('[family 8] [ASVS 15.3.6] %s is refused with its path', async (text, path, message) => {
    const { status, body } = await postText(text)
    expect(status).toBe(422)
    expect(issuesOf(body)).toContainEqual({ path, message })
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  it('keeps pairs of surrogates and escapes that are whole', async () => {
    const { status, body } = await postText('{"lines":[],"note":"\\ud83d\\ude00 \\u00e4"}')
    expect([status, body]).toEqual([201, { lines: [], note: '😀 ä' }])
  })

  it('never tells back what was sent', async () => {
    const secret = 'correct horse battery staple'
    const strict = appOf(
      define({
        method: 'POST',
        path: '/x',
        body: v.object({
          email: v.pipe(v.string(), v.email()),
          password: v.pipe(v.string(), v.regex(/^\d+$/)),
          kind: v.literal('a'),
          code: v.union([v.literal('x'), v.number()]),
        }),
        responses: { 204: null },
        guard: anyone,
        handler: () => ({ status: 204 }),
      }),
    )
    const all = { email: secret, password: secret, kind: secret, code: secret }
    const { status, text } = await send(strict, 'POST /x', { json: all })
    expect(status).toBe(422)
    expect(text).not.toContain('horse')
  })

  it('keeps the messages that a schema brings', async () => {
    const worded = appOf(
      define({
        method: 'POST',
        path: '/x',
        body: v.object({ age: v.pipe(v.number('Tell your age'), v.minValue(18, 'Too young')) }),
        responses: { 204: null },
        guard: anyone,
        handler: () => ({ status: 204 }),
      }),
    )
    const young = await send(worded, 'POST /x', { json: { age: 7 } })
    expect(issuesOf(young.body)).toEqual([{ path: 'body.age', message: 'Too young' }])
    const none = await send(worded, 'POST /x', { json: { age: '7' } })
    expect(issuesOf(none.body)).toEqual([{ path: 'body.age', message: 'Tell your age' }])
  })
})

describe('the issues of an input', () => {
  const wrong = (count: number) => JSON.stringify({ lines: Array.from({ length: count }, () => 7) })

  it('are a hundred at most', async () => {
    const { body } = await postText(wrong(1000))
    expect(issuesOf(body)).toHaveLength(100)
    const nuls = await postText(`{"lines":[${'"\\u0000",'.repeat(1000)}""]}`)
    expect(issuesOf(nuls.body)).toHaveLength(100)
    const query = await send(search, `GET /search/notes?${'q=aa&'.repeat(1000)}`)
    expect(issuesOf(query.body)).toHaveLength(100)
  })

  it('are the first alone when the body is large', async () => {
    const { body } = await postText(wrong(20_000))
    expect(issuesOf(body)).toEqual([
      { path: 'body.lines.0', message: 'Invalid type: Expected Object' },
    ])
  })

  it('do not tell back keys of any length', async () => {
    const { text } = await postText(`{"lines":[],"${'k'.repeat(50_000)}":"\\u0000"}`)
    expect(text.length).toBeLessThan(1000)
  })
})

describe('the limit of a body', () => {
  const limit = 100_000
  const padded = (length: number) => JSON.stringify(valid).padEnd(length, ' ')

  function streamOf(text: string): ReadableStream<Uint8Array> {
    const bytes = utf8(text)
    let at = 0
    return new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.slice(at, at + 1000))
        at += 1000
      },
    })
  }

  it('lets exactly that many bytes pass', async () => {
    expect((await postText(padded(limit))).status).toBe(201)
  })

  it('is kept when the length is announced', async () => {
    const { status, body } = await postText(padded(limit + 1))
    expect(status).toBe(413)
    expect(body).toMatchObject({ code: 'body_too_large', limit })
  })

  it('is kept when no length is announced', async () => {
    const init = { body: streamOf(padded(limit + 1)), headers: json, duplex: 'half' }
    expect((await send(order, 'POST /orders', init)).status).toBe(413)
    const fits = { body: streamOf(padded(limit)), headers: json, duplex: 'half' }
    expect((await send(order, 'POST /orders', fits)).status).toBe(201)
  })

  it('[ASVS 15.2.2] [family 4] is kept when the announced length is a lie', async () => {
    for (const length of ['0', '5', '-1', 'NaN', '1e1', '']) {
      const headers = { ...json, 'content-length': length }
      const init = { body: streamOf(padded(limit + 1)), headers, duplex: 'half' }
      expect((await send(order, 'POST /orders', init)).status).toBe(413)
    }
  })

  it('stops a sender that never ends', async () => {
    let cancelled = false
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000)),
      cancel: () => {
        cancelled = true
      },
    })
    const init = { body, headers: json, duplex: 'half' }
    expect((await send(order, 'POST /orders', init)).status).toBe(413)
    expect(cancelled).toBe(true)
  })
})

describe('a strict schema', () => {
  const accepts = (schema: v.GenericSchema, value: unknown) =>
    v.safeParse(toStrict(schema), value).success
  const A = v.object({ a: v.string() })
  const B = v.object({ b: v.string() })
  interface Tree {
    readonly name: string
    readonly children: readonly Tree[]
  }
  const Tree: v.GenericSchema<Tree> = v.object({
    name: v.string(),
    children: v.array(v.lazy(() => Tree)),
  })
  const Shape = v.variant('kind', [
    v.object({ kind: v.literal('circle'), radius: v.number() }),
    v.object({ kind: v.literal('square'), side: v.number() }),
  ])

  it.each<[string, v.GenericSchema, unknown, unknown]>([
    ['object', A, { a: 'x' }, { a: 'x', z: 1 }],
    ['nested object', v.object({ in: A }), { in: { a: 'x' } }, { in: { a: 'x', z: 1 } }],
    ['array', v.array(A), [{ a: 'x' }], [{ a: 'x', z: 1 }]],
    ['tuple', v.tuple([A]), [{ a: 'x' }], [{ a: 'x', z: 1 }]],
    ['long tuple', v.tuple([A]), [{ a: 'x' }], [{ a: 'x' }, 1]],
    ['tuple with rest', v.tupleWithRest([], A), [{ a: 'x' }], [{ a: 'x', z: 1 }]],
    ['optional', v.optional(A), undefined, { a: 'x', z: 1 }],
    ['nullable', v.nullable(A), null, { a: 'x', z: 1 }],
    ['nullish', v.object({ in: v.nullish(A) }), {}, { in: { a: 'x', z: 1 } }],
    ['exact optional', v.object({ in: v.exactOptional(A) }), {}, { in: { a: 'x', z: 1 } }],
    ['non-nullish', v.nonNullish(v.nullish(A)), { a: 'x' }, { a: 'x', z: 1 }],
    ['partial', v.partial(v.object({ a: v.string() })), {}, { z: 1 }],
    [
      'pick',
      v.pick(v.object({ a: v.string(), b: v.string() }), ['a']),
      { a: '' },
      { a: '', b: '' },
    ],
    ['union', v.union([A, B]), { b: 'x' }, { a: 'x', b: 'x' }],
    ['union of nested', v.union([v.array(A), B]), [{ a: 'x' }], [{ a: 'x', z: 1 }]],
    ['variant', Shape, { kind: 'circle', radius: 1 }, { kind: 'circle', radius: 1, side: 1 }],
    ['intersection', v.intersect([A, B]), { a: 'x', b: 'x' }, { a: 'x', b: 'x', z: 1 }],
    [
      'intersection with a variant',
      v.intersect([A, Shape]),
      { a: 'x', kind: 'square', side: 1 },
      { a: 'x', kind: 'square', side: 1, radius: 1 },
    ],
    [
      'intersection of intersections',
      v.intersect([v.intersect([A, B]), v.object({ c: A })]),
      { a: '', b: '', c: { a: '' } },
      { a: '', b: '', c: { a: '', z: 1 } },
    ],
    [
      'pipe',
      v.pipe(
        A,
        v.check(() => true),
      ),
      { a: 'x' },
      { a: 'x', z: 1 },
    ],
    ['pipe into a schema', v.pipe(v.unknown(), A), { a: 'x' }, { a: 'x', z: 1 }],
    ['pipe of a pipe', v.pipe(v.pipe(A, v.readonly()), v.brand('x')), { a: '' }, { a: '', z: 1 }],
    [
      'lazy recursion',
      Tree,
      { name: '', children: [{ name: '', children: [] }] },
      { name: '', children: [{ name: '', children: [], z: 1 }] },
    ],
    ['record of objects', v.record(v.string(), A), { k: { a: '' } }, { k: { a: '', z: 1 } }],
    ['rest of an object', v.objectWithRest({}, A), { k: { a: '' } }, { k: { a: '', z: 1 } }],
    ['loose object inside', v.looseObject({ in: A }), { in: { a: '' }, z: 1 }, { in: { z: 1 } }],
    ['strict object', v.strictObject({ in: A }), { in: { a: '' } }, { in: { a: '', z: 1 } }],
    ['message', v.message(A, 'No'), { a: 'x' }, { a: 'x', z: 1 }],
    ['config', v.config(A, { abortEarly: true }), { a: 'x' }, { a: 'x', z: 1 }],
    ['cache', v.cache(A), { a: 'x' }, { a: 'x', z: 1 }],
    ['list for an object', v.partial(v.object({ a: v.string() })), {}, []],
    ['list for a loose object', v.looseObject({}), {}, []],
    ['list for a record', v.record(v.string(), v.string()), {}, []],
    ['list with entries', v.object({ length: v.number() }), { length: 1 }, [1]],
  ])(
    '[family 20] [ASVS 15.3.3] of %s takes what it declares and nothing else',
    (_, schema, good, bad) => {
      expect(accepts(schema, good)).toBe(true)
      expect(accepts(schema, bad)).toBe(false)
    },
  )

  it('keeps fallbacks and defaults', () => {
    const schema = v.object({
      a: v.fallback(A, { a: 'fallback' }),
      b: v.optional(A, { a: 'default' }),
      c: v.fallback(v.pipe(A, v.readonly()), { a: 'piped' }),
      d: v.pipe(v.fallback(A, { a: 'inner' }), v.readonly()),
    })
    const bad = { a: 'x', z: 1 }
    expect(v.parse(toStrict(schema), { a: bad, c: bad, d: bad })).toEqual({
      a: { a: 'fallback' },
      b: { a: 'default' },
      c: { a: 'piped' },
      d: { a: 'inner' },
    })
  })

  it('gives what the loose one gives for input that both take', () => {
    const schema = v.object({
      tree: Tree,
      shape: v.optional(Shape),
      both: v.optional(v.intersect([A, B])),
      list: v.array(v.union([A, B, v.string()])),
    })
    const tree = fc.letrec((tie) => ({
      tree: fc.record({
        name: fc.string(),
        children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'))),
      }),
    })).tree
    const a = fc.record({ a: fc.string() })
    const b = fc.record({ b: fc.string() })
    const value = fc.record(
      {
        tree,
        shape: fc.record({ kind: fc.constant('circle'), radius: fc.integer() }),
        both: fc.record({ a: fc.string(), b: fc.string() }),
        list: fc.array(fc.oneof(a, b, fc.string())),
      },
      { requiredKeys: ['tree', 'list'] },
    )
    fc.assert(
      fc.property(value, (sample) => {
        expect(v.parse(toStrict(schema), sample)).toEqual(v.parse(schema, sample))
      }),
    )
  })

  it('is made once for a schema', () => {
    expect(toStrict(A)).toBe(toStrict(A))
    const leaf = v.pipe(v.string(), v.email())
    expect(v.parse(toStrict(leaf), 'a@example.com')).toBe('a@example.com')
  })

  it('refuses schemas that answer later', () => {
    const later = v.objectAsync({}) as unknown as v.GenericSchema
    expect(() => toStrict(later)).toThrow('asynchronous')
    expect(() => toStrict(v.object({ a: later }))).toThrow('asynchronous')
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
