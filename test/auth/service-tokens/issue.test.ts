import { decodeJwt, decodeProtectedHeader } from 'jose'
import { apiKeys, users } from 'plinth/auth'
import { type ServiceTokenOptions, serviceTokens } from 'plinth/auth/service-tokens'
import type { Database, DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { createKeyring, generateKey } from 'plinth/kernel'
import { expect, it } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../../data/servers.ts'
import { type AuthApp, enter, MAILING, ORIGIN, openApp, openBrowser } from '../app.ts'
import { AUDIENCE, openService } from './service.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const permissions = {
  staff: ['orders:read', 'orders:refund'],
  bots: ['orders:read', 'tokens:issue'],
}

const opened = (options: Partial<ServiceTokenOptions> = {}, more: Record<string, string[]> = {}) =>
  openApp({
    ...MAILING,
    features: [
      apiKeys(),
      serviceTokens({ audiences: [AUDIENCE, 'https://mail.test'], ...options }),
    ],
    permissions: { ...permissions, ...more },
  })

const serviceOf = ({ clock, fetch }: AuthApp, audience = AUDIENCE) =>
  openService({
    issuer: ORIGIN,
    audience,
    clock,
    fetch: (input, init) => fetch(new Request(input, init)),
  })

const issue = (app: AuthApp, headers: Record<string, string>, json: object = {}) =>
  app.send('/auth/token', { json: { audience: AUDIENCE, ...json }, headers })

async function staffOf(app: AuthApp, roles = ['staff']) {
  const ada = await enter(app)
  await app.database.system.update(users, ada.user.id, { roles })
  return ada
}

const keysOf = async (app: AuthApp) => (await app.send('/.well-known/jwks.json')).json.keys

it.each(['ES256', 'EdDSA'] as const)(
  '[ASVS 9.1.1] [ASVS 11.6.1] issues tokens by %s that another service knows',
  async (algorithm) => {
    const app = await opened({ algorithm })
    const { headers, user } = await staffOf(app)
    const { status, json } = await issue(app, headers)
    expect(status).toBe(200)
    expect(Date.parse(json.expiresAt)).toBe(Math.floor(app.clock.now() / 1000) * 1000 + 5 * MINUTE)
    expect(decodeProtectedHeader(json.token)).toEqual({
      alg: algorithm,
      typ: 'at+jwt',
      kid: expect.any(String),
    })
    expect(await serviceOf(app).principalOf(json.token)).toEqual({
      actor: { id: user.id, roles: ['staff'], permissions: permissions.staff },
      credential: 'bearer',
      kind: 'token',
      sessionId: decodeJwt(json.token).jti,
      assurance: 1,
      authenticatedAt: expect.any(Number),
    })
  },
)

it('says what RFC 9068 asks for, and nothing that is private', async () => {
  const app = await opened()
  const { headers, user } = await staffOf(app)
  const { json } = await issue(app, headers)
  const seconds = Math.floor(app.clock.now() / 1000)
  expect(decodeJwt(json.token)).toEqual({
    iss: ORIGIN,
    sub: user.id,
    aud: AUDIENCE,
    iat: seconds,
    exp: seconds + 300,
    jti: expect.any(String),
    roles: ['staff'],
    entitlements: permissions.staff,
    acr: 'aal1',
    auth_time: seconds,
  })
})

it('[ASVS 9.2.4] [ASVS 10.3.1] is good for one audience alone, and one that is known', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  const { json } = await issue(app, headers)
  expect(await serviceOf(app, 'https://mail.test').principalOf(json.token)).toBeNull()
  const wrong = await issue(app, headers, { audience: 'https://evil.test' })
  expect(wrong.status).toBe(422)
  expect((await issue(app, headers, { audience: [AUDIENCE] })).status).toBe(422)
})

it('[ASVS 10.3.2] is limited to scopes that its owner has', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  const service = serviceOf(app)
  const { json } = await issue(app, headers, { scopes: ['orders:refund'] })
  expect(decodeJwt(json.token)).toMatchObject({ scope: 'orders:refund' })
  expect((await service.get('/orders', json.token)).status).toBe(403)
  const read = await issue(app, headers, { scopes: ['orders:read'] })
  const { body } = { body: (await service.get('/orders', read.json.token)).json }
  expect(body.actor).toMatchObject({ roles: [], permissions: ['orders:read'] })
  expect(body.principal.scopes).toEqual(['orders:read'])
  for (const scopes of [['payroll'], [], ['orders:read orders:refund'], ['a"b'], 'orders:read']) {
    expect((await issue(app, headers, { scopes })).status, String(scopes)).toBe(422)
  }
})

it('[ASVS 9.2.1] ends after its lifetime', async () => {
  const app = await opened({ lifetime: MINUTE })
  const { headers } = await staffOf(app)
  const service = serviceOf(app)
  const { json } = await issue(app, headers)
  app.clock.advance(MINUTE + 4_000)
  expect(await service.principalOf(json.token)).not.toBeNull()
  app.clock.advance(2_000)
  expect(await service.principalOf(json.token)).toBeNull()
})

it('is for API keys, and for limited ones that may', async () => {
  const app = await opened()
  const { headers } = await staffOf(app, ['bots'])
  const make = async (json: object) => {
    const made = await app.send('/auth/api-keys', { json: { name: 'x', ...json }, headers })
    return { id: made.json.apiKey.id, headers: { authorization: `Bearer ${made.json.key}` } }
  }
  const free = await make({})
  const issued = await issue(app, free.headers)
  expect(decodeJwt(issued.json.token)).toMatchObject({ client_id: free.id, roles: ['bots'] })
  expect(decodeJwt(issued.json.token)).not.toHaveProperty('auth_time')
  const reader = await make({ scopes: ['orders:read'] })
  expect((await issue(app, reader.headers)).status).toBe(403)
  const issuer = await make({ scopes: ['orders:read', 'tokens:issue'] })
  const { json } = await issue(app, issuer.headers)
  expect(decodeJwt(json.token).scope).toBe('orders:read tokens:issue')
  expect(decodeJwt(json.token)).not.toHaveProperty('roles')
  expect((await issue(app, issuer.headers, { scopes: ['payroll'] })).status).toBe(422)
})

it('names no permission that would be read as two', async () => {
  const app = await opened({}, { odd: ['orders:read', 'all orders:refund', 'tokens:issue'] })
  const { headers } = await staffOf(app, ['odd'])
  const scopes = ['all orders:refund', 'tokens:issue']
  const made = await app.send('/auth/api-keys', { json: { name: 'x', scopes }, headers })
  const byKey = { authorization: `Bearer ${made.json.key}` }
  expect((await issue(app, byKey)).status).toBe(422)
  expect((await issue(app, headers, { scopes: ['all orders:refund'] })).status).toBe(422)
  const { json } = await issue(app, headers)
  const principal = await serviceOf(app).principalOf(json.token)
  expect(principal.actor.permissions).toContain('all orders:refund')
})

it('issues no token that is too long to be taken', async () => {
  const names = Array.from({ length: 400 }, (_, at) => `warehouse:${at}:inventory`)
  const app = await opened({}, { clerk: names })
  const { headers } = await staffOf(app, ['clerk'])
  const refused = await issue(app, headers)
  expect(refused.json.issues[0].path).toBe('body.scopes')
  const { json } = await issue(app, headers, { scopes: names.slice(0, 50) })
  expect((await serviceOf(app).principalOf(json.token)).scopes).toHaveLength(50)
})

it('is for nobody without a session, nor for a token', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  const { json } = await issue(app, headers)
  expect((await issue(app, {})).status).toBe(401)
  const again = { authorization: `Bearer ${json.token}` }
  expect((await issue(app, again)).status).toBe(401)
  expect((await app.send('/auth/session', { headers: again })).status).toBe(401)
  await app.send('/auth/sign-out', { method: 'POST', headers })
  expect((await issue(app, headers)).status).toBe(401)
})

it('is not for pages of other sites', async () => {
  const app = await opened()
  await enter(app)
  const browser = openBrowser(app)
  await browser.send('/auth/sign-in', {
    json: { email: 'ada@example.com', password: 'correct horse battery' },
  })
  const json = { audience: AUDIENCE }
  const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
  expect((await browser.send('/auth/token', { json, headers })).status).toBe(403)
  expect((await browser.send('/auth/token', { json })).status).toBe(200)
})

it('publishes public keys alone, for anybody to keep', async () => {
  const app = await opened()
  const answer = await app.send('/.well-known/jwks.json')
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  expect(answer.json.keys).toEqual([
    {
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      kid: expect.any(String),
      alg: 'ES256',
      use: 'sig',
    },
  ])
})

it('rotates its key, publishing the next and keeping the last', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  const service = serviceOf(app)
  const enterAgain = async () => (await staffOf(app)).headers
  const first = await keysOf(app)
  const before = await issue(app, headers)
  app.clock.advance(29 * DAY - MINUTE)
  expect(await keysOf(app)).toEqual(first)
  app.clock.advance(MINUTE)
  const both = await keysOf(app)
  expect(both).toHaveLength(2)
  expect(both[0]).toEqual(first[0])
  const kidOf = (token: string) => decodeProtectedHeader(token).kid
  app.clock.advance(DAY - MINUTE)
  const last = await issue(app, await enterAgain())
  expect(kidOf(last.json.token)).toBe(kidOf(before.json.token))
  app.clock.advance(2 * MINUTE)
  const next = await issue(app, await enterAgain())
  expect(kidOf(next.json.token)).toBe(both[1].kid)
  expect(await service.principalOf(last.json.token)).not.toBeNull()
  expect(await service.principalOf(next.json.token)).not.toBeNull()
  app.clock.advance(DAY)
  expect((await keysOf(app)).map(({ kid }: { kid: string }) => kid)).toEqual([both[1].kid])
})

it('signs with a new key at once after a long silence', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  await issue(app, headers)
  app.clock.advance(200 * DAY)
  const { json } = await issue(app, (await staffOf(app)).headers)
  expect(await serviceOf(app).principalOf(json.token)).not.toBeNull()
  expect(await keysOf(app)).toHaveLength(1)
})

it('makes one key however many ask at once', async () => {
  const app = await opened()
  const { headers } = await staffOf(app)
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      at % 2 ? issue(app, headers) : app.send('/.well-known/jwks.json'),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await keysOf(app)).toHaveLength(1)
})

const servers: { name: string; address: () => Promise<() => DataSource> }[] = [
  ...((await hasPostgres()) ? [{ name: 'PostgreSQL', address: onPostgres }] : []),
  ...((await hasMariadb()) ? [{ name: 'MariaDB', address: onMariadb }] : []),
]

async function onPostgres() {
  const url = await freshPostgres()
  return () => postgres(url, [])
}

async function onMariadb() {
  const url = await freshMariadb()
  return () => mysql(url, [])
}

it.each(servers)('makes one key for four processes on $name', async ({ address }) => {
  const source = await address()
  const keys = createKeyring({ current: 'test', keys: { test: generateKey() } })
  const features = [serviceTokens({ audiences: [AUDIENCE] })]
  const apps: AuthApp[] = []
  for (let count = 0; count < 4; count++) {
    apps.push(await openApp({ features, keys, origin: ORIGIN }, { source: source() }))
  }
  const sets = await Promise.all([...apps, ...apps].map(keysOf))
  expect(sets[0]).toHaveLength(1)
  for (const set of sets) expect(set).toEqual(sets[0])
  const [first, last] = [apps[0], apps[3]] as [AuthApp, AuthApp]
  const { json } = await issue(last, (await enter(first)).headers)
  expect(await serviceOf(first).principalOf(json.token)).not.toBeNull()
})

it('stores the private part sealed, bound to its row', async () => {
  const app = await opened()
  await keysOf(app)
  const rows = await signingRows(app.database, app)
  const stored = JSON.stringify(rows)
  expect(stored).not.toContain('"d"')
  expect(rows[0]?.privateKey).toMatch(/^test\.[\w-]+$/)
})

async function signingRows(database: Database, app: AuthApp) {
  const table = app.description.tables.find(({ name }) => name === 'plinth_signing_keys')
  if (!table) throw new Error('there is no table of signing keys')
  return (await database.system.list(table)).items
}

const wrong: [string, object, RegExp][] = [
  ['no audiences', { audiences: [] }, /audiences: expected names/],
  ['an audience twice', { audiences: ['a', 'a'] }, /audiences: expected names/],
  ['shared secrets', { algorithm: 'HS256' }, /algorithm: is HS256; expected ES256 or EdDSA/],
  ['tokens for a day', { lifetime: DAY }, /lifetime: is 86400000; expected/],
  ['an issuer of nothing', { issuer: '' }, /issuer: expected/],
  ['unknown options', { rotation: 1 }, /option "rotation" is unknown/],
]
it.each(wrong)('refuses %s', (_, options, message) => {
  const given = { audiences: [AUDIENCE], ...options } as ServiceTokenOptions
  expect(() => serviceTokens(given)).toThrow(message)
})
