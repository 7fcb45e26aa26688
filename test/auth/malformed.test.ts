import { listOperations, type Operation } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { type Answer, type AuthApp, MAILING, openApp } from './app.ts'
import type { Step } from './once/flow.ts'
import { enterStaff, settings } from './once/settings.ts'

type Entries = Readonly<Record<string, unknown>>

const open = () => openApp({ ...MAILING, ...settings() })
const operationsOf = (app: AuthApp): Operation[] => [...listOperations(app.operations).values()]
const nameOf = ({ spec }: Operation): string => `${spec.method} ${spec.path}`
const entriesOf = ({ spec }: Operation): Entries =>
  ((spec.body ?? {}) as { entries?: Entries }).entries ?? {}

const ID = '018f0000-0000-7000-8000-000000000000'
/** What each field holds when another is spoilt. */
const GOOD: Entries = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  current: 'correct horse battery',
  name: 'Ada',
  number: '+4915112345678',
  token: 'A'.repeat(43),
  challenge: 'A'.repeat(43),
  pending: 'A'.repeat(43),
  refresh: `plinth_r_${'A'.repeat(43)}`,
  code: '123456',
  transport: 'bearer',
  remember: false,
  audience: 'https://stock.test',
  reason: 'ticket 17',
  permissions: ['orders:read'],
  credential: {},
}

const HUGE = 'A'.repeat(100_000)
/** No text at all. */
const NO_TEXT: readonly unknown[] = [7, true, null, [], ['ada@example.com'], {}, { $ne: '' }]
const NO_ADDRESS: readonly unknown[] = [
  ...NO_TEXT,
  '',
  'ada',
  `${HUGE}@example.com`,
  'ada@example.com,eve@example.com',
  'ada@example.com;eve@example.com',
  'ada@example.com eve@example.com',
  'eve@example.com\r\nBcc: ada@example.com',
  'Ada <ada@example.com>',
  'ada@example.com\u0000',
  'ad\u200ba@example.com',
  'ad\u202ea@example.com',
  '\u0430da@example.com',
  'ada@ex\u0430mple.com',
  '\ud800@example.com',
]
const NO_NUMBER: readonly unknown[] = [
  ...NO_TEXT,
  '',
  '030 123456',
  '+49 30 123456, +49 30 123457',
  `+49${'1'.repeat(100_000)}`,
  '+4930123456\u0000',
  '+49３0x23456',
]
/** Text that no token and no code is. */
const NO_TOKEN: readonly unknown[] = [
  ...NO_TEXT,
  HUGE,
  'A'.repeat(42),
  `${'A'.repeat(43)}=`,
  `${'A'.repeat(42)}\u0000`,
  `${'A'.repeat(42)}\u0410`,
  `${'A'.repeat(42)}\ud800`,
  `${'A'.repeat(43)} ${'B'.repeat(43)}`,
  `${'A'.repeat(43)},${'B'.repeat(43)}`,
  '../../etc/passwd',
  "' OR 1=1 --",
  '__proto__',
]
const SPOILT: Readonly<Record<string, readonly unknown[]>> = {
  email: NO_ADDRESS,
  number: NO_NUMBER,
  token: NO_TOKEN,
  challenge: NO_TOKEN,
  pending: NO_TOKEN,
  refresh: NO_TOKEN,
  code: [...NO_TOKEN, '１２３４５', '12345', '1234567', '12345٦'],
  credential: [...NO_TOKEN, { id: HUGE }, { id: 'A', response: [] }],
}

/** Where the operation is, with whatever it takes filled in. */
function stepOf(operation: Operation, body: Entries = {}): Step {
  const { method, path } = operation.spec
  const at = path.replaceAll(/:\w+/g, ID)
  const keys = Object.keys(entriesOf(operation))
  if (keys.length === 0) return { method, path: at }
  const given = keys.flatMap((key) => (key in GOOD ? [[key, GOOD[key]] as const] : []))
  return { method, path: at, json: { ...Object.fromEntries(given), ...body } }
}

const send = (app: AuthApp, { path, ...init }: Step): Promise<Answer> => app.send(path, init)

function expectRefusal({ status, json, text, headers }: Answer, what: string): void {
  expect(status, `${what}: ${text}`).toBeGreaterThanOrEqual(400)
  expect(status, `${what}: ${text}`).toBeLessThan(500)
  expect(json.code, what).toMatch(/^[a-z_]+$/)
  expect(json.detail, what).toMatch(/^[^\n]{10,200}$/)
  expect(
    headers.getSetCookie().filter((line) => !line.includes('Max-Age=0')),
    what,
  ).toEqual([])
}

describe('a field that is not what it should be', () => {
  it('[family 16] [ASVS 2.2.1] is refused by each operation that takes an address', async () => {
    const app = await open()
    const { headers } = await enterStaff(app)
    const taking = operationsOf(app).filter((each) => 'email' in entriesOf(each))
    expect(taking.map(nameOf)).toEqual(
      expect.arrayContaining(['POST /auth/sign-up', 'POST /auth/reset', 'POST /auth/email']),
    )
    expect(taking.length).toBeGreaterThan(5)
    for (const operation of taking) {
      for (const email of NO_ADDRESS) {
        const answer = await send(app, { ...stepOf(operation, { email }), headers })
        const what = `${nameOf(operation)} with ${JSON.stringify(email)?.slice(0, 60)}`
        expect([answer.status, answer.json.code], what).toEqual([422, 'invalid_input'])
        expect(answer.json.issues, what).toMatchObject([{ path: 'body.email' }])
        if (typeof email === 'string' && email.includes('\u0430')) {
          expect(answer.json.issues[0].message).toMatch(/another script/)
        }
      }
    }
    await app.idle()
    expect(app.mails.filter(({ to }) => to !== GOOD['email'])).toEqual([])
  })

  it('is refused by each operation that takes a token, a code or a number', async () => {
    const app = await open()
    const { headers } = await enterStaff(app)
    let tried = 0
    for (const operation of operationsOf(app)) {
      for (const key of Object.keys(entriesOf(operation))) {
        for (const value of SPOILT[key] ?? []) {
          const step = stepOf(operation, { [key]: value })
          const what = `${nameOf(operation)}, ${key}: ${JSON.stringify(value)?.slice(0, 60)}`
          for (const sent of [step, { ...step, headers }]) {
            expectRefusal(await send(app, sent), what)
            tried += 1
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(500)
    console.log(`${tried} spoilt fields refused`)
  })

  it('is refused in the path of each operation', async () => {
    const app = await open()
    const { headers } = await enterStaff(app)
    const inPath = operationsOf(app).filter(({ spec }) => spec.path.includes('/:'))
    expect(inPath.length).toBeGreaterThan(8)
    for (const { spec } of inPath) {
      for (const id of ['x', '0', 'A'.repeat(6000), '%F0%9F%94%91', '__proto__', `${ID}0`, ID]) {
        const path = spec.path.replaceAll(/:\w+/g, id)
        const { json } = stepOf({ spec } as Operation)
        const answer = await app.send(path, { method: spec.method, json, headers })
        expectRefusal(answer, `${spec.method} ${path.slice(0, 80)}`)
      }
    }
  })

  it('is refused in the answer of a provider', async () => {
    const app = await open()
    for (const state of ['', 'x', HUGE.slice(0, 6000), `${'A'.repeat(43)}\u0000`, '__proto__']) {
      for (const query of [
        { state },
        { state, code: state, iss: state },
        { state, error: state },
      ]) {
        const path = `/auth/oauth/corp/callback?${new URLSearchParams(query)}`
        const shown = { 'oauth-binding': 'A'.repeat(43) }
        expectRefusal(await app.send(path, { headers: shown }), path.slice(0, 80))
        const { status, headers } = await app.send(path)
        const led = status === 303 ? headers.get('location') : '/sign-in?error='
        expect([303, 422], path.slice(0, 80)).toContain(status)
        expect(led).toMatch(/^\/sign-in\?error=/)
      }
    }
  })
})

describe('a header that is not what it should be', () => {
  const TOKEN = `plinth_s_${'A'.repeat(43)}`
  const BROKEN: readonly Readonly<Record<string, string>>[] = [
    ...['', 'Bearer', 'Bearer ', 'Bearer  ', TOKEN, `Bearer ${TOKEN} ${TOKEN}`, `bearer ${TOKEN}`],
    ...[`Bearer ${TOKEN},${TOKEN}`, `Basic ${TOKEN}`, `Bearer ${HUGE}`, 'Bearer plinth_s_'],
    ...['Bearer plinth_k_', 'Bearer plinth_r_', 'Bearer \u00e4\u00f6', 'Bearer a.b.c', '\u00a0'],
    ...[`Bearer ${TOKEN}\t`, `Bearer "${TOKEN}"`, 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  ].map((authorization) => ({ authorization }))
  const COOKIES: readonly Readonly<Record<string, string>>[] = [
    ...['', '=', ';', '=;=;=', '__Host-session', '__Host-session=', `__Host-session=${HUGE}`],
    ...[`__Host-session=${TOKEN}; __Host-session=${TOKEN}`, `session=${TOKEN}`],
    ...[`__Host-session="${TOKEN}"`, `__Host-session=%00`, '__Host-session=\u00e4'],
    ...['__proto__=1; __Host-session=1', ';'.repeat(5000), 'a=1; '.repeat(3000)],
    ...[`__Host-pending=${HUGE}`, '__Host-device=\u00ff', '__Host-sign-up==', '__Host-oauth=;'],
  ].map((cookie) => ({ cookie, origin: 'https://app.test' }))
  const OTHERS: readonly Readonly<Record<string, string>>[] = [
    ...['', 'x', HUGE, '\u00e4', '__proto__'].flatMap((value) => [
      { 'device-token': value },
      { 'oauth-binding': value },
      { 'user-agent': value },
    ]),
  ]

  it('signs nobody in anywhere, and breaks nothing', async () => {
    const app = await open()
    let tried = 0
    for (const operation of operationsOf(app)) {
      const step = stepOf(operation)
      // What it answers to nobody.
      const plain = await send(app, step)
      expect(plain.status, plain.text).toBeLessThan(500)
      for (const headers of [...BROKEN, ...COOKIES, ...OTHERS]) {
        const answer = await send(app, { ...step, headers })
        const [header = '', value = ''] = Object.entries(headers)[0] ?? []
        const what = `${nameOf(operation)} with ${header}: ${value.slice(0, 60)}`
        expect(answer.status, `${what}: ${answer.text}`).toBeLessThan(500)
        if (plain.status === 401) {
          expect([answer.status, answer.json.code], what).toEqual([401, plain.json.code])
        }
        tried += 1
      }
    }
    expect(tried).toBeGreaterThan(2500)
    console.log(`${tried} requests with broken headers`)
    const sessions = app.description.tables.find(({ name }) => name === 'plinth_sessions')
    expect(sessions && (await app.database.system.count(sessions))).toBe(0)
  })
})
