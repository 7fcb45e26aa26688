import fc from 'fast-check'
import { anyone, bytes, defineOperation, form, json, type Operation, text } from 'plinth/http'
import type { Issue } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { appOf, ORIGIN, send } from './send.ts'

const define = defineOperation()
const Given = v.looseObject({})
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const TEXT = { 'content-type': 'text/plain' }

const base = { method: 'POST', path: '/it', guard: anyone, responses: { 200: Given } } as const

const contact = appOf(
  define({
    ...base,
    bodyLimit: 100_000,
    body: form(
      v.object({
        email: v.string(),
        age: v.optional(v.pipe(v.string(), v.toNumber())),
        topic: v.optional(v.array(v.string())),
        'user.name': v.optional(v.string()),
        'list[]': v.optional(v.string()),
      }),
    ),
    handler: ({ body }) => ({ status: 200, body: { got: body } }),
  }),
)
const postForm = (body: BodyInit, headers: Record<string, string> = FORM) =>
  send(contact, 'POST /it', { body, headers })

const note = appOf(
  define({
    ...base,
    body: text({ maxBytes: 20 }),
    handler: ({ body }) => ({ status: 200, body: { got: body } }),
  }),
)

const picture = appOf(
  define({
    ...base,
    body: bytes({ mediaTypes: ['image/png', 'application/octet-stream'], maxBytes: 20 }),
    handler: ({ body }) => ({ status: 200, body: { got: [...body] } }),
  }),
)

const patch = appOf(
  define({
    ...base,
    method: 'PATCH',
    body: json(v.object({ title: v.optional(v.string()) }), {
      mediaTypes: ['application/merge-patch+json', 'application/json'],
    }),
    handler: ({ body }) => ({ status: 200, body: { got: body } }),
  }),
)

const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { code?: string }).code,
]
const issuesOf = (body: unknown) => (body as { issues: Issue[] }).issues

describe('a form', () => {
  it('reaches the handler as its schema gives it', async () => {
    const body = new URLSearchParams([
      ['email', 'a+b@x.example'],
      ['age', '7'],
      ['topic', 'a b'],
      ['topic', '&=+%'],
      ['user.name', 'plain'],
      ['list[]', 'plain'],
    ])
    expect((await postForm(body)).body).toEqual({
      got: {
        email: 'a+b@x.example',
        age: 7,
        topic: ['a b', '&=+%'],
        'user.name': 'plain',
        'list[]': 'plain',
      },
    })
  })

  it.each([
    ['email=a&email=b', 'body.email', 'Given more than once'],
    ['email=a&other=b', 'body.other', 'Unknown key'],
    ['email=a&__proto__=b', 'body.__proto__', 'Unknown key'],
    ['email=a&__proto__[admin]=b', 'body.__proto__[admin]', 'Unknown key'],
    ['email=a&__proto__.admin=b', 'body.__proto__.admin', 'Unknown key'],
    ['email=a&constructor.prototype.admin=b', 'body.constructor.prototype.admin', 'Unknown key'],
    ['email=a&%5F%5Fproto__=b', 'body.__proto__', 'Unknown key'],
    ['email[]=a', 'body.email[]', 'Unknown key'],
    ['email=a%00', 'body.email', 'Holds the character NUL'],
    ['user=a&email=b', 'body.user', 'Unknown key'],
  ])('[family 8] [ASVS 15.3.6] is refused as %s', async (body, path, message) => {
    const answer = await postForm(body)
    expect(answer.status).toBe(422)
    expect(issuesOf(answer.body)).toContainEqual({ path, message })
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it.each(['email=%', 'email=%zz', 'email=%ff', '%=a', 'email=%ED%A0%80'])(
    'is malformed as %s',
    async (body) => {
      expect(codeOf(await postForm(body))).toEqual([400, 'invalid_form'])
    },
  )

  it('is malformed when its bytes are not UTF-8', async () => {
    expect(codeOf(await postForm(Uint8Array.of(0x61, 0xff)))).toEqual([400, 'invalid_form'])
  })

  it('[ASVS 15.2.2] has a bounded number of fields', async () => {
    expect((await postForm(`email=a${'&topic=x'.repeat(999)}`)).status).toBe(200)
    expect(codeOf(await postForm(`email=a${'&topic=x'.repeat(1_000)}`))).toEqual([
      400,
      'invalid_form',
    ])
    expect(codeOf(await postForm('&'.repeat(2_000)))).toEqual([400, 'invalid_form'])
  })

  it('is bounded in its size', async () => {
    expect(codeOf(await postForm(`email=${'x'.repeat(100_000)}`))).toEqual([413, 'body_too_large'])
  })

  it('may be empty, but not missing', async () => {
    expect(issuesOf((await postForm('')).body)).toEqual([
      { path: 'body.email', message: 'Missing' },
    ])
    expect(codeOf(await send(contact, 'POST /it'))).toEqual([400, 'missing_body'])
  })

  it('is read as URLSearchParams writes it', async () => {
    const any = appOf(
      define({
        ...base,
        body: form(v.record(v.string(), v.string())),
        handler: ({ body }) => ({ status: 200, body }),
      }),
    )
    const words = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'))
    const key = words.filter((each) => !['__proto__', 'constructor', 'prototype'].includes(each))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, words, { noNullPrototype: true }), async (values) => {
        const answer = await send(any, 'POST /it', { body: new URLSearchParams(values) })
        expect([answer.status, answer.body]).toEqual([200, values])
      }),
    )
  })
})

describe('a text', () => {
  it.each(['', 'a', 'ünïcode \u{1f600}', 'a\r\nb'])('reaches the handler: %j', async (body) => {
    expect(await send(note, 'POST /it', { body, headers: TEXT })).toMatchObject({
      status: 200,
      body: { got: body },
    })
  })

  it('is refused over its limit, as bytes', async () => {
    const ask = (body: string) => send(note, 'POST /it', { body, headers: TEXT })
    expect((await ask('x'.repeat(20))).status).toBe(200)
    expect(codeOf(await ask('x'.repeat(21)))).toEqual([413, 'body_too_large'])
    expect(codeOf(await ask('é'.repeat(11)))).toEqual([413, 'body_too_large'])
  })

  it('is refused when it is no text', async () => {
    const ask = (body: BodyInit) => send(note, 'POST /it', { body, headers: TEXT })
    expect(codeOf(await ask(Uint8Array.of(0xc3, 0x28)))).toEqual([400, 'invalid_text'])
    expect(issuesOf((await ask('a\0')).body)).toEqual([
      { path: 'body', message: 'Holds the character NUL' },
    ])
  })

  it('is missed without a content type', async () => {
    expect(codeOf(await send(note, 'POST /it'))).toEqual([400, 'missing_body'])
  })
})

describe('a body of bytes', () => {
  const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 0x1a, 10]

  it('reaches the handler', async () => {
    const ask = (content: number[], type: string) =>
      send(picture, 'POST /it', {
        body: Uint8Array.from(content),
        headers: { 'content-type': type },
      })
    expect((await ask(png, 'image/png')).body).toEqual({ got: png })
    expect((await ask([0, 255], 'application/octet-stream; x=y')).body).toEqual({ got: [0, 255] })
    expect((await ask([], 'application/octet-stream')).body).toEqual({ got: [] })
  })

  it('[ASVS 5.2.2] is refused when it does not begin as its type', async () => {
    const answer = await send(picture, 'POST /it', {
      body: '<svg/>',
      headers: { 'content-type': 'Image/PNG' },
    })
    expect(issuesOf(answer.body)).toEqual([{ path: 'body', message: 'Is not image/png' }])
  })

  it('[ASVS 5.2.1] is refused over its limit', async () => {
    const answer = await send(picture, 'POST /it', {
      body: new Uint8Array(21),
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(codeOf(answer)).toEqual([413, 'body_too_large'])
  })
})

describe('a body of JSON by another name', () => {
  it.each(['application/merge-patch+json', 'application/json; charset=utf-8'])(
    'is read as %s',
    async (type) => {
      const init = { body: '{"title":"a"}', headers: { 'content-type': type } }
      expect((await send(patch, 'PATCH /it', init)).body).toEqual({ got: { title: 'a' } })
    },
  )

  it('names all that it may be', async () => {
    const init = { body: '{}', headers: { 'content-type': 'application/mergeXpatch+json' } }
    const { status, headers } = await send(patch, 'PATCH /it', init)
    expect([status, headers.get('accept')]).toEqual([
      415,
      'application/merge-patch+json, application/json',
    ])
  })
})

describe('[ASVS 4.1.1] the content type of a body', () => {
  const apps = {
    form: [contact, 'application/x-www-form-urlencoded', 'email=a'],
    text: [note, 'text/plain', 'a'],
    bytes: [picture, 'image/png, application/octet-stream', 'a'],
    json: [patch, 'application/merge-patch+json, application/json', '{}'],
  } as const
  const odd = [
    'text/html',
    'text/plain, application/json',
    'application/x-www-form-urlencoded2',
    'multipart/form-data; boundary=x',
    'image/*',
    '*/*',
    'application',
    '',
    ' ',
    ';charset=utf-8',
    'text/plain;charset=utf-16',
    'application/x-www-form-urlencoded;charset=latin1',
    'application/json;charset=utf-7',
    'null',
  ]
  const cases = Object.entries(apps).flatMap(([name, rest]) =>
    odd.map((type) => [name, type, ...rest] as const),
  )

  it.each(cases)('of a %s is refused as %j', async (_name, type, app, accept, body) => {
    const method = app === patch ? 'PATCH' : 'POST'
    const answer = await send(app, `${method} /it`, { body, headers: { 'content-type': type } })
    expect(codeOf(answer)).toEqual([415, 'unsupported_media_type'])
    expect(answer.headers.get('accept')).toBe(accept)
  })

  it.each(Object.entries(apps))('of a %s is needed', async (_name, [app, accept, body]) => {
    const method = app === patch ? 'PATCH' : 'POST'
    const bytes = new TextEncoder().encode(body)
    const answer = await send(app, `${method} /it`, { body: bytes })
    expect(codeOf(answer)).toEqual([415, 'unsupported_media_type'])
    expect(answer.headers.get('accept')).toBe(accept)
  })

  it.each(Object.entries(apps))(
    '[ASVS 15.2.2] [family 23] of a %s is never compressed',
    async (_name, [app, , body]) => {
      const type = app === picture ? 'application/octet-stream' : undefined
      const answer = await send(app, `${app === patch ? 'PATCH' : 'POST'} /it`, {
        body,
        headers: { 'content-encoding': 'gzip', ...(type && { 'content-type': type }) },
      })
      expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    },
  )
})

describe('[ASVS 3.5.2] a body that browsers send to other sites unasked', () => {
  const principal = { actor: { id: '1', roles: [] }, credential: 'cookie', sessionId: 's' } as const
  const bodies = [
    ['a form', form(v.object({})), 'application/x-www-form-urlencoded', ''],
    ['a text', text(), 'text/plain', '{"a":1}'],
    ['bytes', bytes(), 'application/octet-stream', 'a'],
    ['JSON', v.object({}), 'application/json', '{}'],
  ] as const
  const types = [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'a/b',
    'x',
  ]
  const senders: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    {},
  ]
  const cases = bodies.flatMap(([name, schema, own, body]) =>
    [own, ...types, undefined].flatMap((type) =>
      senders.map((sender) => [name, type, sender, schema, body] as const),
    ),
  )

  it.each(cases)(
    '[family 3] is refused for %s as %j from %j',
    async (_name, type, sender, schema, body) => {
      let called = false
      const app = appOf(
        define({
          method: 'POST',
          path: '/it',
          body: schema,
          responses: { 204: null },
          handler: () => {
            called = true
            return { status: 204 }
          },
        }),
        { authenticate: () => principal },
      )
      const headers = {
        cookie: 'session=1',
        ...sender,
        ...(type !== undefined && { 'content-type': type }),
      }
      const sent = new TextEncoder().encode(body)
      const request = new Request(`${ORIGIN}/it`, { method: 'POST', headers, body: sent })
      const response = await app.fetch(request)
      expect([response.status, called]).toEqual([403, false])
    },
  )
})

describe('the declaration of a body', () => {
  it.each([
    ['an unknown option', () => text({ max: 1 } as never)],
    ['a limit of 0', () => text({ maxBytes: 0 })],
    ['half a byte', () => bytes({ maxBytes: 0.5 })],
    ['no media type', () => bytes({ mediaTypes: [] })],
    ['a media type with parameters', () => text({ mediaType: 'text/plain; charset=utf-8' })],
    ['other things than media types', () => json(v.string(), { mediaTypes: ['json'] })],
    ['no schema in a form', () => appOf(define({ ...base, body: form({} as never), handler }))],
    ['another kind', () => appOf(define({ ...base, body: { kind: 'xml' } as never, handler }))],
    ['a body on GET', () => appOf(define({ ...base, method: 'GET', body: text(), handler }))],
  ])('is misuse with %s', (_name, declare) => {
    expect(declare).toThrow(expect.objectContaining({ code: 'misuse' }))
  })

  const handler = () => ({ status: 200, body: {} }) as const

  it('gives its types to handler and client', () => {
    const forms = define({
      ...base,
      body: form(v.object({ n: v.pipe(v.string(), v.toNumber()) })),
      handler: ({ body }) => {
        expectTypeOf(body).toEqualTypeOf<{ n: number }>()
        return { status: 200, body: {} }
      },
    })
    expectTypeOf(forms).toExtend<Operation<{ body: { n: string } }, unknown>>()
    const texts = define({
      ...base,
      body: text(),
      handler: ({ body }) => {
        expectTypeOf(body).toEqualTypeOf<string>()
        return { status: 200, body: {} }
      },
    })
    expectTypeOf(texts).toExtend<Operation<{ body: string }, unknown>>()
    const raw = define({
      ...base,
      body: bytes(),
      handler: ({ body }) => {
        expectTypeOf(body).toEqualTypeOf<Uint8Array>()
        return { status: 200, body: {} }
      },
    })
    expectTypeOf(raw).toExtend<
      Operation<{ body: Uint8Array | Blob | ReadableStream<Uint8Array> }, unknown>
    >()
  })
})
