import { anyone, createApp, defineOperation } from 'plinth/http'
import {
  createSignals,
  PlinthError,
  personal,
  Secret,
  type SpanRecord,
  secret,
} from 'plinth/kernel'
import { createRedactor, openMonitor, type RedactOptions, redact, redactText } from 'plinth/monitor'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const SECRET = 'h8Kq2vXw91LmZr'

function shown(value: unknown): string {
  return JSON.stringify(redact(value)) ?? 'undefined'
}

const TEXTS: readonly string[] = [
  `password=${SECRET}`,
  `password: ${SECRET}`,
  `the password : "${SECRET}" was refused`,
  `{"user":{"password":"${SECRET}"}}`,
  `{"password":"a\\"${SECRET}"}`,
  JSON.stringify(JSON.stringify({ password: SECRET })),
  JSON.stringify(JSON.stringify(JSON.stringify({ api_key: SECRET }))),
  `{ apiKey: '${SECRET}', a: 1 }`,
  `Authorization: Bearer ${SECRET}`,
  `authorization: Digest username="a", response="${SECRET}"`,
  `Cookie: a=b; __Host-session=${SECRET}; c=d`,
  `set-cookie: id=${SECRET}; Path=/`,
  `{"headers":{"cookie":"a=b; id=${SECRET}"}}`,
  `curl -H "X-Api-Key: ${SECRET}"`,
  `GET /cb?code=${SECRET}&state=${SECRET}`,
  `https://bucket.example/x?X-Amz-Signature=${SECRET}`,
  `postgres://app:${SECRET}@db.example/x`,
  `postgres://app:p@${SECRET}@db.example/x`,
  `https://${SECRET}@git.example/x`,
  `BASIC ${SECRET}`,
  `eyJhbGciOiJI.eyJzdWIiOiI.${SECRET}`,
  `key sk_live_${SECRET}`,
  `ghp_${SECRET}${SECRET}`,
  `plinth_key_${SECRET}${SECRET}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\n${SECRET}`,
  `left over: ${SECRET}9f8e7d6c5b4a3Q2w1E0r`,
  `SHOP_SECRET=${SECRET}`,
  `password => ${SECRET}`,
  `password=${'a'.repeat(50)}${SECRET}`,
]

test.each(TEXTS)('[ASVS 16.2.5] takes the secret out of %s', (text) => {
  expect(redactText(text)).not.toContain(SECRET)
  expect(redactText(text)).toMatch(/\[redacted\]/)
})

test('leaves what is no secret', () => {
  for (const text of [
    'GET /notes/{id} 200',
    'started in 12 ms at http://localhost:3000/health',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'no row 018f4c7e-7b1c-7cc0-a0f0-3b1f6f1f0a00 in notes',
    'at handle (file:///srv/app/node_modules/hono/dist/router-with-a-rather-long-name.js:10:5)',
    'UNIQUE constraint failed: notes.owner, notes.title',
    '2026-11-23T10:00:00.000Z retry: 3, lines: 4',
    'processTicksAndRejections node:internal/process/task_queues',
  ]) {
    expect(redactText(text)).toBe(text)
  }
})

test('takes secrets out of values by name at any depth', () => {
  const value = {
    Password: SECRET,
    nested: [{ 'x-api-key': SECRET }, { refresh_token: [SECRET] }],
    pairs: [['authorization', SECRET]],
    parameters: [{ name: 'client_secret', value: SECRET }],
    map: new Map<unknown, unknown>([
      ['token', SECRET],
      [{ a: SECRET }, 1],
    ]),
    set: new Set([`password=${SECRET}`]),
    url: new URL(`https://u:${SECRET}@x.example/?token=${SECRET}`),
    search: new URLSearchParams({ token: SECRET }),
    headers: new Headers({ cookie: SECRET, accept: 'text/html' }),
    request: new Request(`https://x.example/?secret=${SECRET}`, {
      headers: { authorization: SECRET },
    }),
    error: new Error(`token=${SECRET}`, { cause: { password: SECRET } }),
    bytes: new TextEncoder().encode(SECRET),
    buffer: new TextEncoder().encode(SECRET).buffer,
    blob: new Blob([SECRET]),
    held: new Secret(SECRET),
    pattern: new RegExp(`token=${SECRET}`),
    own: new (class Account {
      pin = SECRET
      #inner = SECRET
      toJSON() {
        return this.#inner
      }
    })(),
    lying: { toJSON: () => SECRET },
    get computed() {
      return SECRET
    },
    [`token=${SECRET}`]: 1,
  }
  expect(shown(value)).not.toContain(SECRET)
  expect(shown(value)).toContain('text/html')
  expect(JSON.parse(shown(value)).nested).toEqual([
    { 'x-api-key': '[redacted]' },
    { refresh_token: '[redacted]' },
  ])
})

test('writes as plain data what JSON cannot hold', () => {
  const circular: Record<string, unknown> = { a: 1n, b: Symbol('s'), c: () => 1, d: undefined }
  circular['self'] = circular
  const date = new Date(0)
  expect(redact({ ...circular, date, none: new Date(Number.NaN) })).toMatchObject({
    a: '1',
    b: 'Symbol(s)',
    c: '[function]',
    date: date.toISOString(),
    none: '[invalid date]',
  })
  expect(shown(circular)).toContain('[circular]')
  const shared = { x: 1 }
  expect(redact([shared, shared])).toEqual([{ x: 1 }, { x: 1 }])
  expect(redact('__proto__')).toBe('__proto__')
  expect(Object.keys(redact(JSON.parse('{"__proto__":{"a":1}}')) as object)).toEqual(['__proto__'])
})

function trap(): never {
  throw new Error(SECRET)
}

const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ['a getter', () => Object.defineProperty({}, 'a', { get: trap, enumerable: true })],
  ['a proxy', () => new Proxy({}, { ownKeys: trap, get: trap, getPrototypeOf: trap })],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  [
    'an error with traps',
    () => Object.defineProperties(new Error('x'), { message: { get: trap }, stack: { get: trap } }),
  ],
  [
    'an error that is its own cause',
    () => {
      const error = new Error('x')
      error.cause = error
      return error
    },
  ],
  ['an error of many', () => new AggregateError(Array.from({ length: 1e5 }, () => new Error('x')))],
  [
    'what is deep',
    () => {
      let deep: unknown = SECRET
      for (let depth = 0; depth < 1e5; depth++) deep = [deep]
      return deep
    },
  ],
  ['what is wide', () => Array.from({ length: 1e6 }, (_, at) => ({ [at]: SECRET.repeat(3) }))],
  [
    'what branches',
    () => {
      let tree: unknown = 'leaf'
      for (let depth = 0; depth < 60; depth++) tree = [tree, tree]
      return tree
    },
  ],
  [
    'an endless iterator',
    () => {
      const map = new Map([['a', 1]])
      map[Symbol.iterator] = function* () {
        for (;;) yield ['b', 2]
      }
      return map
    },
  ],
  ['10 MB of text', () => `password=${SECRET}`.repeat(450_000)],
  ['lone surrogates', () => '\ud800\udc00\ud800'],
  ['an object without a prototype', () => Object.assign(Object.create(null), { token: SECRET })],
  ['a date that lies', () => Object.assign(new Date(), { getTime: trap, toISOString: trap })],
]

test.each(HOSTILE)('[ASVS 15.2.2] is neither broken nor held up by %s', (_, make) => {
  const text = shown(make()) + JSON.stringify(createRedactor().error(make()))
  expect(text).not.toContain(SECRET)
  expect(text.length).toBeLessThan(300_000)
})

test('[ASVS 1.3.12] reads hostile texts in time that grows with them', () => {
  const pieces = [
    'a="',
    'token:',
    'x@',
    'a://',
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaa.',
    '\\"',
    'a.',
    'cookie:\n',
  ]
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(1e6 / piece.length))
    expect(redactText(text).length).toBeLessThan(200_000)
  }
})

const unique = [
  Object.assign(new Error(`Duplicate entry '${SECRET}' for key 'users.email'`), {
    sqlState: '23000',
    sqlMessage: `Duplicate entry '${SECRET}'`,
    code: 'ER_DUP_ENTRY',
  }),
  Object.assign(new Error(`Duplicate entry 'it's ${SECRET}\n    at ${SECRET}' for key 'k'`), {
    sqlState: '23000',
    code: 'ER_DUP_ENTRY',
  }),
  Object.assign(new Error(`invalid input syntax for type uuid: "${SECRET}"`), {
    severity: 'ERROR',
    code: '22P02',
    detail: `Key (email)=(${SECRET}) already exists.`,
    where: SECRET,
    parameters: [SECRET],
  }),
  Object.assign(new Error(`ungültige Eingabesyntax: »${SECRET}« „${SECRET}“`), {
    severity: 'FEHLER',
  }),
  Object.assign(new Error(`near "${SECRET}": syntax error`), { code: 'SQLITE_ERROR' }),
]

test.each(unique)('[ASVS 16.2.5] tells a database error without its values: %s', (cause) => {
  const error = new PlinthError('conflict', 'A row with this email exists.', { cause })
  const text = JSON.stringify(createRedactor().error(error))
  expect(text).not.toContain(SECRET)
  expect(text).toContain('A row with this email exists.')
})

test('tells an error with its code, causes and frames', () => {
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  const described = createRedactor().error(new TypeError('no rates', { cause }))
  expect(described).toMatchObject({
    type: 'TypeError',
    message: 'no rates',
    stack: expect.stringMatching(/^TypeError: no rates\n {4}at .*redaction\.test/),
    cause: { code: 'ECONNREFUSED', message: 'connect refused' },
  })
})

test('takes no line of a message for a frame', () => {
  const error = new Error(`a\n    at ${SECRET} (x.ts:1:1)`)
  error.message = 'changed'
  const { stack } = createRedactor({ texts: [new RegExp(SECRET)] }).error(error) as {
    stack: string
  }
  expect(stack).not.toContain(SECRET)
})

test('takes out names and texts of a team', () => {
  const { value, text, attributes } = createRedactor({
    names: ['policyNumber', 'x-tenant'],
    texts: [/\bP-\d{8}\b/, /once/y],
  })
  expect(value({ policy_number: 1, XTenant: 'a', other: 'P-12345678' })).toEqual({
    policy_number: '[redacted]',
    XTenant: '[redacted]',
    other: '[redacted]',
  })
  expect(text('policyNumber: 7 once P-12345678 and P-12345678')).toBe(
    'policyNumber: [redacted] [redacted] [redacted] and [redacted]',
  )
  expect(attributes({ 'http.request.header.x-tenant': 'a' })).toEqual({
    'http.request.header.x-tenant': '[redacted]',
  })
})

test('masks what is marked personal unless told otherwise', () => {
  const marks = new Map([
    ['bornOn', 'personal'],
    ['iban2', 'secret'],
    ['patients.note', 'personal'],
  ] as const)
  const value = { bornOn: '1990-01-01', born_on: 'x', iban2: 'DE1', note: 'n', mail: 'a@x.example' }
  expect(createRedactor({ marks }).value(value)).toEqual({
    bornOn: '[personal]',
    born_on: '[personal]',
    iban2: '[redacted]',
    note: 'n',
    mail: '[personal]',
  })
  expect(
    createRedactor({ marks }).attributes({ 'user.born_on': 'x', 'patients.note': 'y' }),
  ).toEqual({
    'user.born_on': '[personal]',
    'patients.note': '[personal]',
  })
  expect(createRedactor({ marks, personal: false }).value(value)).toEqual({
    ...value,
    iban2: '[redacted]',
  })
})

const MISTAKES: readonly [string, unknown][] = [
  ['names', { names: 'password' }],
  ['names', { names: [''] }],
  ['texts', { texts: ['P-.*'] }],
  ['nmes', { nmes: [] }],
]

test.each(MISTAKES)('refuses mistaken options of %s', (name, redact) => {
  expect(() => openMonitor({ signals: createSignals(), redact: redact as RedactOptions })).toThrow(
    new RegExp(`monitor\\.redact.*${name}`),
  )
})

function createWorld(): {
  fetch(path: string, init?: RequestInit): Promise<Response>
  lines(): string
  spans: SpanRecord[]
} {
  const signals = createSignals()
  const spans: SpanRecord[] = []
  signals.subscribe({ span: (record) => void spans.push(record) })
  let text = ''
  openMonitor({ signals, logs: { write: (lines) => (text += lines), spans: true } })
  const operation = defineOperation()
  const text400 = v.pipe(v.string(), v.maxLength(400))
  const app = createApp({
    signals,
    operations: {
      reset: operation({
        method: 'GET',
        path: '/reset/:token/of/:user',
        guard: anyone,
        params: v.object({ token: text400, user: v.string() }),
        responses: { 200: v.object({}) },
        handler: () => ({ status: 200, body: {} }),
      }),
      patient: operation({
        method: 'GET',
        path: '/patients/:insured/:plain',
        guard: anyone,
        params: v.object({ insured: personal(text400), plain: text400 }),
        responses: { 200: v.object({}) },
        handler: () => ({ status: 200, body: {} }),
      }),
      pay: operation({
        method: 'POST',
        path: '/pay',
        guard: anyone,
        query: v.object({ coupon: v.optional(secret(v.string())), session_token: v.string() }),
        body: v.object({ card: secret(v.object({ pan: v.string() })), password: v.string() }),
        responses: { 200: v.object({}) },
        transaction: false,
        handler: ({ body, query, incoming, log }) => {
          log({ level: 'info', message: `paying with ${body.password}` })
          throw new Error(`${body.password} ${query.session_token} refused`, {
            cause: new Error(
              `header ${incoming.header('authorization')?.slice(7)} ${incoming.header('cookie')?.slice(5)}`,
            ),
          })
        },
      }),
    },
  })
  return {
    fetch: (path, init) => app.fetch(new Request(`http://localhost${path}`, init)),
    lines: () => text,
    spans,
  }
}

test('[ASVS 16.2.5] shows paths without what is marked or named', async () => {
  const { fetch, spans } = createWorld()
  await fetch('/reset/abc/of/u1?token=abc')
  await fetch('/patients/A123/xyz')
  await fetch('/rest/aB3dE5gH7jK9mN1pQ3/of/018f4c7e-7b1c-7cc0-a0f0-3b1f6f1f0a00')
  expect(spans.map(({ attributes }) => attributes['url.path'])).toEqual([
    '/reset/{token}/of/u1',
    '/patients/{insured}/xyz',
    '/rest/[redacted]/of/018f4c7e-7b1c-7cc0-a0f0-3b1f6f1f0a00',
  ])
})

test('shows programs without tokens in their names', async () => {
  const { fetch, spans, lines } = createWorld()
  const agent =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1'
  await fetch('/patients/a/b', { headers: { 'user-agent': agent } })
  await fetch('/patients/a/b', {
    headers: { 'user-agent': `bot/1 aB3dE5gH7jK9mN1pQ3xYz (${'x'.repeat(9e3)})` },
  })
  expect(spans[0]?.attributes['user_agent.original']).toBe(agent)
  expect(spans[1]?.attributes['user_agent.original']).toMatch(/^bot\/1 \[redacted\] \(x{270,}$/)
  expect(lines()).not.toContain('aB3dE5gH7jK9mN1pQ3xYz')
})

test('[ASVS 16.2.5] takes what came with a request out of its errors', async () => {
  const { fetch, lines } = createWorld()
  const given = {
    password: 'correct horse "battery"',
    token: 'plain words/here?',
    bearer: 'opaque-one',
    cookie: 'opaque-two',
  }
  await fetch(`/pay?session_token=${encodeURIComponent(given.token)}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: 'http://localhost',
      authorization: `Bearer ${given.bearer}`,
      cookie: `sid1=${given.cookie}`,
    },
    body: JSON.stringify({ card: { pan: '42' }, password: given.password }),
  })
  expect(lines()).toContain('refused')
  expect(lines()).toContain('paying with')
  for (const value of Object.values(given)) {
    expect(lines()).not.toContain(JSON.stringify(value).slice(1, -1))
  }
})
