import { type ApiKeyOptions, apiKeys, users } from 'plinth/auth'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { anyone, defineOperation, permission, role } from 'plinth/http'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../../data/servers.ts'
import {
  ADA,
  type AuthApp,
  BOB,
  enter,
  linkedToken,
  MAILING,
  openApp,
  openBrowser,
  signIn,
} from '../app.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const define = defineOperation()
const show = { responses: { 200: v.object({ actor: v.unknown(), principal: v.unknown() }) } }
const told = ({ actor, principal }: { actor: unknown; principal: unknown }) =>
  ({ status: 200, body: { actor, principal } }) as const

const operations = {
  whoami: define({ method: 'GET', path: '/whoami', ...show, handler: told }),
  guest: define({ method: 'GET', path: '/guest', guard: anyone, ...show, handler: told }),
  orders: define({
    method: 'GET',
    path: '/orders',
    guard: permission('orders:read'),
    ...show,
    handler: told,
  }),
  refund: define({
    method: 'POST',
    path: '/refund',
    guard: permission('orders:refund'),
    ...show,
    handler: told,
  }),
  staffOnly: define({
    method: 'GET',
    path: '/staff',
    guard: role('staff'),
    ...show,
    handler: told,
  }),
}

const permissions = {
  staff: ['orders:read', 'orders:refund', 'service-accounts:manage'],
  clerk: ['service-accounts:manage'],
}

const opened = (options: ApiKeyOptions = {}, more: Parameters<typeof openApp>[0] = {}) =>
  openApp({ features: [apiKeys(options)], permissions, ...more }, { operations })

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const get = async (app: AuthApp, path: string, key: string) =>
  app.send(path, { headers: bearer(key) })
const status = async (app: AuthApp, path: string, key: string) => (await get(app, path, key)).status

/** A member of staff, and a function that makes keys for them. */
async function staffOf(app: AuthApp, roles = ['staff']) {
  const ada = await enter(app)
  await app.database.system.update(users, ada.user.id, { roles })
  const make = async (json: object = {}) => {
    const answer = await app.send('/auth/api-keys', {
      json: { name: 'build', ...json },
      headers: ada.headers,
    })
    return { answer, key: answer.json.key as string, apiKey: answer.json.apiKey }
  }
  return { ...ada, make }
}

it('makes a key that is shown once and stored as a digest', async () => {
  const app = await opened()
  const { make, headers } = await staffOf(app)
  const { answer, key, apiKey } = await make()
  expect(answer.status).toBe(201)
  expect(key).toMatch(/^plinth_k_[A-Za-z0-9_-]{43}$/)
  expect(apiKey).toMatchObject({
    name: 'build',
    start: key.slice(0, 15),
    scopes: null,
    limit: null,
  })
  const listed = await app.send('/auth/api-keys', { headers })
  expect(listed.json.items).toEqual([apiKey])
  expect(listed.text).not.toContain(key)
  const table = app.description.tables.find(({ name }) => name === 'plinth_api_keys')
  if (!table) throw new Error('there is no table of keys')
  expect(JSON.stringify((await app.database.system.list(table)).items)).not.toContain(key.slice(15))
})

const servers: { name: string; source: () => Promise<DataSource> }[] = [
  ...((await hasPostgres())
    ? [{ name: 'PostgreSQL', source: async () => postgres(await freshPostgres(), []) }]
    : []),
  ...((await hasMariadb())
    ? [{ name: 'MariaDB', source: async () => mysql(await freshMariadb(), []) }]
    : []),
]

it.each(servers)('is made, used, limited and revoked on $name', async ({ source }) => {
  const options = { features: [apiKeys()], permissions }
  const app = await openApp(options, { operations, source: await source() })
  const { make, headers, user } = await staffOf(app)
  const { key, apiKey } = await make({
    scopes: ['orders:read'],
    limit: { requests: 2, window: MINUTE },
    expiresAt: new Date(app.clock.now() + DAY).toISOString(),
  })
  const { json } = await get(app, '/orders', key)
  expect(json.actor).toEqual({ id: user.id, roles: [], permissions: ['orders:read'] })
  expect((await app.send('/auth/api-keys', { headers })).json.items).toMatchObject([
    { id: apiKey.id, limit: { requests: 2, window: MINUTE }, scopes: ['orders:read'] },
  ])
  expect(await status(app, '/orders', key)).toBe(200)
  expect(await status(app, '/orders', key)).toBe(429)
  await app.send(`/auth/api-keys/${apiKey.id}`, { method: 'DELETE', headers })
  expect(await status(app, '/orders', key)).toBe(401)
})

it('acts as its owner when it has no scopes', async () => {
  const app = await opened()
  const { make, user } = await staffOf(app)
  const { key, apiKey } = await make()
  const { json } = await get(app, '/whoami', key)
  expect(json.actor).toEqual({ id: user.id, roles: ['staff'], permissions: permissions.staff })
  expect(json.principal).toMatchObject({ kind: 'key', credential: 'bearer', sessionId: apiKey.id })
  expect(json.principal).not.toHaveProperty('authenticatedAt')
  expect(await status(app, '/staff', key)).toBe(200)
})

it('opens with scopes only what they guard', async () => {
  const app = await opened()
  const { make, user } = await staffOf(app)
  const { key } = await make({ scopes: ['orders:read'] })
  const { json } = await get(app, '/orders', key)
  expect(json.actor).toEqual({ id: user.id, roles: [], permissions: ['orders:read'] })
  expect(json.principal.scopes).toEqual(['orders:read'])
  for (const path of ['/whoami', '/staff', '/auth/sessions', '/auth/api-keys', '/auth/session']) {
    expect(await status(app, path, key), path).toBe(403)
  }
  const refund = await app.send('/refund', { method: 'POST', headers: bearer(key) })
  expect(refund.status).toBe(403)
  expect((await get(app, '/guest', key)).json.actor).toBeNull()
})

it('[ASVS 8.3.2] loses a scope at once when its owner loses the permission', async () => {
  const app = await opened()
  const { make, user } = await staffOf(app)
  const { key } = await make({ scopes: ['orders:read'] })
  expect(await status(app, '/orders', key)).toBe(200)
  await app.database.system.update(users, user.id, { roles: [] })
  expect(await status(app, '/orders', key)).toBe(403)
})

it('is for no more than its owner has, and the option allows', async () => {
  const app = await opened({ permissions: ['orders:read'] })
  const { make } = await staffOf(app)
  expect((await make({ scopes: ['orders:refund'] })).answer.status).toBe(422)
  expect((await make({ scopes: ['payroll:read'] })).answer.status).toBe(422)
  expect((await make()).answer.json.issues).toEqual([
    { path: 'body.scopes', message: 'Expected the permissions that the key is for.' },
  ])
  expect((await make({ scopes: ['orders:read'] })).answer.status).toBe(201)
  const plain = await opened()
  const clerk = await staffOf(plain, ['clerk'])
  expect((await clerk.make({ scopes: ['orders:read'] })).answer.json.issues[0].path).toBe(
    'body.scopes',
  )
})

it('keeps a key made before to what the option allows now', async () => {
  const before = await opened()
  const { make } = await staffOf(before)
  const { key } = await make()
  const source = before.database
  const later = await opened({ permissions: ['orders:read'] })
  const table = before.description.tables.find(({ name }) => name === 'plinth_api_keys')
  if (!table) throw new Error('there is no table of keys')
  for (const [name, rows] of [
    ['users', (await source.system.list(users)).items],
    ['plinth_api_keys', (await source.system.list(table)).items],
  ] as const) {
    const to = later.description.tables.find((each) => each.name === name)
    for (const row of rows) if (to) await later.database.system.create(to, row as never)
  }
  expect(await status(later, '/orders', key)).toBe(200)
  expect(await status(later, '/whoami', key)).toBe(403)
  expect(await status(later, '/staff', key)).toBe(403)
})

const ends: [
  string,
  (app: AuthApp, who: Awaited<ReturnType<typeof staffOf>>, id: string) => unknown,
][] = [
  [
    'its revocation',
    (app, { headers }, id) => app.send(`/auth/api-keys/${id}`, { method: 'DELETE', headers }),
  ],
  ['the deletion of its owner', (app, { user }) => app.database.system.delete(users, user.id)],
  [
    'a ban of its owner',
    (app, { user }) =>
      app.database.system.update(users, user.id, { bannedUntil: new Date(app.clock.now() + DAY) }),
  ],
  ['its expiry', (app) => app.clock.advance(DAY)],
]

it.each(ends)('[family 15] opens nothing on the request after %s', async (_, end) => {
  const app = await opened()
  const who = await staffOf(app)
  const expiresAt = new Date(app.clock.now() + DAY).toISOString()
  const { key, apiKey } = await who.make({ expiresAt })
  expect(await status(app, '/whoami', key)).toBe(200)
  await end(app, who, apiKey.id)
  expect(await status(app, '/whoami', key)).toBe(401)
})

it('cannot change how the account is entered, or end sessions', async () => {
  const app = await opened()
  const { make, headers } = await staffOf(app)
  const { key, apiKey } = await make()
  const sent: [string, string, object | undefined][] = [
    ['POST', '/auth/api-keys', { name: 'more' }],
    ['DELETE', `/auth/api-keys/${apiKey.id}`, undefined],
    ['POST', '/auth/service-accounts', { name: 'bot', permissions: ['orders:read'] }],
    ['POST', '/auth/password', { current: ADA.password, password: BOB.password }],
    ['DELETE', '/auth/sessions', undefined],
    ['GET', '/auth/session', undefined],
  ]
  for (const [method, path, json] of sent) {
    const answer = await app.send(path, { method, json, headers: bearer(key) })
    expect(answer.status, path).toBe(401)
  }
  await app.send('/auth/sign-out', { method: 'POST', headers: bearer(key) })
  expect(await status(app, '/whoami', key)).toBe(200)
  expect((await app.send('/auth/session', { headers })).status).toBe(200)
})

it('[ASVS 7.5.1] is made in a fresh session alone', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  app.clock.advance(15 * MINUTE + 1)
  expect((await make()).answer.json.code).toBe('insufficient_authentication')
})

it('[family 9] is made for the caller, whatever the body says', async () => {
  const app = await opened()
  const { user } = await staffOf(app)
  const bob = await enter(app, BOB)
  const make = (json: object, headers = {}) => app.send('/auth/api-keys', { json, headers })
  expect((await make({ name: 'x' })).status).toBe(401)
  expect((await make({ name: 'x', userId: user.id }, bob.headers)).status).toBe(422)
  expect((await make({ name: 'x', user: user.id }, bob.headers)).status).toBe(422)
  const { json } = await make({ name: 'x' }, bob.headers)
  expect((await get(app, '/whoami', json.key)).json.actor.id).toBe(bob.user.id)
})

it('is seen and revoked by its owner alone', async () => {
  const app = await opened()
  const { make, headers } = await staffOf(app)
  const { apiKey, key } = await make()
  const bob = await enter(app, BOB)
  expect((await app.send('/auth/api-keys', { headers: bob.headers })).json.items).toEqual([])
  const path = `/auth/api-keys/${apiKey.id}`
  const revoke = (by: Record<string, string>) => app.send(path, { method: 'DELETE', headers: by })
  expect((await revoke(bob.headers)).status).toBe(404)
  expect(await status(app, '/whoami', key)).toBe(200)
  expect((await revoke(headers)).status).toBe(204)
  expect((await revoke(headers)).status).toBe(404)
})

it('is limited to so many requests, all at once or not', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  const limited = await make({ limit: { requests: 5, window: MINUTE } })
  const free = await make()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => get(app, '/whoami', limited.key)),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
  const refused = answers.find(({ status }) => status !== 200)
  expect([refused?.status, refused?.json.code]).toEqual([429, 'rate_limited'])
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await status(app, '/whoami', free.key)).toBe(200)
  app.clock.advance(2 * MINUTE)
  expect(await status(app, '/whoami', limited.key)).toBe(200)
})

it('records its last use, at most once a minute', async () => {
  const app = await opened()
  const { make, headers } = await staffOf(app)
  const { key, apiKey } = await make()
  const lastUsedAt = async () => {
    await app.database.system.deleteMany(users, { id: 'none' })
    return (await app.send('/auth/api-keys', { headers })).json.items[0].lastUsedAt
  }
  expect(apiKey.lastUsedAt).toBeNull()
  const first = new Date(app.clock.now()).toISOString()
  await Promise.all(Array.from({ length: 20 }, () => get(app, '/whoami', key)))
  expect(await lastUsedAt()).toBe(first)
  app.clock.advance(MINUTE - 1)
  await get(app, '/whoami', key)
  expect(await lastUsedAt()).toBe(first)
  app.clock.advance(1)
  await get(app, '/whoami', key)
  expect(await lastUsedAt()).toBe(new Date(app.clock.now()).toISOString())
})

it('asks for a key by one statement', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  const { key } = await make()
  await get(app, '/whoami', key)
  await app.database.system.deleteMany(users, { id: 'none' })
  const before = app.recorder.spans.length
  await get(app, '/whoami', key)
  const names = app.recorder.spans
    .slice(before)
    .flatMap(({ kind, name }) => (kind === 'client' ? name : []))
  expect(names).toHaveLength(1)
  expect(names[0]).toMatch(/^select plinth_api_keys/)
})

it('is looked up for nothing but keys', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  const { key } = await make()
  const before = app.recorder.spans.length
  const made = [
    'plinth_k_',
    `plinth_k_${'x'.repeat(42)}`,
    `plinth_k_${'x'.repeat(44)}`,
    `plinth_k_${'x'.repeat(100_000)}`,
    `plinth_k_${'é'.repeat(43)}`,
    ` ${key}x`,
    `${key},`,
    key.toUpperCase(),
  ]
  for (const text of made) expect(await status(app, '/whoami', text), text.slice(0, 60)).toBe(401)
  const names = app.recorder.spans.slice(before).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('select'))).toEqual([])
  expect(await status(app, '/whoami', `plinth_k_${'x'.repeat(43)}`)).toBe(401)
})

it('comes as a bearer alone, never as a cookie', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  const { key } = await make()
  const cookie = (name: string) => app.send('/whoami', { headers: { cookie: `${name}=${key}` } })
  expect((await cookie('__Host-session')).status).toBe(401)
  expect((await cookie('plinth_k_')).status).toBe(401)
  expect((await app.send('/whoami', { headers: { authorization: key } })).status).toBe(401)
  expect((await app.send('/whoami', { headers: { authorization: `Basic ${key}` } })).status).toBe(
    401,
  )
  const browser = openBrowser(app)
  await browser.send('/auth/sign-in', { json: ADA })
  const both = await browser.send('/whoami', { headers: bearer(key) })
  expect(both.json.principal.kind).toBe('key')
})

it('outlives a reset, but not the first proof of the address', async () => {
  const app = await openApp({ ...MAILING, features: [apiKeys()] }, { operations })
  const { headers, user } = await enter(app)
  const { key } = (await app.send('/auth/api-keys', { json: { name: 'x' }, headers })).json
  const reset = async () => {
    await app.send('/auth/reset', { json: { email: ADA.email } })
    const token = await linkedToken(app, ADA.email)
    return app.send('/auth/reset/confirm', { json: { token, password: BOB.password } })
  }
  expect((await reset()).status).toBe(200)
  expect(await status(app, '/whoami', key)).toBe(200)
  await app.database.system.update(users, user.id, { emailVerifiedAt: null })
  expect((await reset()).status).toBe(200)
  expect(await status(app, '/whoami', key)).toBe(401)
})

it('tells the owner by mail, and the log', async () => {
  const app = await openApp({ ...MAILING, features: [apiKeys()] }, { operations })
  const { headers } = await enter(app)
  const { json } = await app.send('/auth/api-keys', { json: { name: 'x' }, headers })
  await app.idle()
  expect(app.mails.at(-1)).toMatchObject({ to: ADA.email, subject: 'Your account: API key made' })
  await app.send(`/auth/api-keys/${json.apiKey.id}`, { method: 'DELETE', headers })
  const events = app.recorder.logs.map(({ event }) => event)
  expect(events).toContain('auth.key_created')
  expect(events).toContain('auth.key_revoked')
})

it('refuses keys beyond a hundred', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  for (let count = 0; count < 100; count++) expect((await make()).answer.status).toBe(201)
  expect((await make()).answer.json.code).toBe('too_many_keys')
})

const inputs: [string, object][] = [
  ['no name', { name: '' }],
  ['a name of controls', { name: 'a\u0000b' }],
  ['an empty list of scopes', { scopes: [] }],
  ['scopes of no text', { scopes: [{}] }],
  ['an expiry of no time', { expiresAt: 'tomorrow' }],
  ['an expiry that is past', { expiresAt: '2001-01-01T00:00:00Z' }],
  ['a limit of nothing', { limit: { requests: 0, window: MINUTE } }],
  ['a limit without a window', { limit: { requests: 5 } }],
  ['unknown keys', { roles: ['staff'] }],
]
it.each(inputs)('makes no key for %s', async (_, json) => {
  const app = await opened()
  const { make } = await staffOf(app)
  expect((await make(json)).answer.status).toBe(422)
})

const wrong: [string, object, RegExp][] = [
  ['unknown options', { scopes: [] }, /option "scopes" is unknown/],
  ['the prefix of sessions', { prefix: 'plinth_s_' }, /prefix: is "plinth_s_"/],
  ['the prefix of refresh tokens', { prefix: 'plinth_r_x_' }, /prefix: is "plinth_r_x_"/],
  ['a prefix that is a pattern', { prefix: '.*_' }, /prefix: is/],
  ['permissions of no list', { permissions: 'all' }, /permissions: expected a list/],
]
it.each(wrong)('refuses %s', (_, options, message) => {
  expect(() => apiKeys(options as ApiKeyOptions)).toThrow(message)
})

it('knows keys by a prefix of one’s own', async () => {
  const app = await opened({ prefix: 'acme_live_' })
  const { make } = await staffOf(app)
  const { key } = await make()
  expect(key).toMatch(/^acme_live_[A-Za-z0-9_-]{43}$/)
  expect(await status(app, '/whoami', key)).toBe(200)
})

it('signs nobody in', async () => {
  const app = await opened()
  const { make } = await staffOf(app)
  const { key } = await make()
  const json = { ...ADA, transport: 'bearer' }
  const answer = await app.send('/auth/sign-in', { json, headers: bearer(key) })
  expect(answer.status).toBe(200)
  expect(await status(app, '/whoami', key)).toBe(200)
  expect((await signIn(app)).answer.status).toBe(200)
})
