import { type RefreshOptions, refreshTokens, sessions, users } from 'plinth/auth'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { expect, it } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../../data/servers.ts'
import { ADA, type AuthApp, BOB, enter, linkedToken, MAILING, openApp } from '../app.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const opened = (options: RefreshOptions = {}): Promise<AuthApp> =>
  openApp({ ...MAILING, features: [refreshTokens(options)] })

const renew = (app: AuthApp, refresh: unknown) => app.send('/auth/refresh', { json: { refresh } })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const status = async (app: AuthApp, token: string): Promise<number> =>
  (await app.send('/auth/session', { headers: bearer(token) })).status

it('hands a refresh token to programs, for a token that ends early', async () => {
  const app = await opened()
  const { answer, token } = await enter(app)
  expect(answer.json.refresh).toMatch(/^plinth_r_[A-Za-z0-9_-]{43}$/)
  expect(Date.parse(answer.json.tokenExpiresAt)).toBe(app.clock.now() + 15 * MINUTE)
  app.clock.advance(15 * MINUTE - 1)
  expect(await status(app, token)).toBe(200)
  app.clock.advance(1)
  expect(await status(app, token)).toBe(401)
})

it('[ASVS 10.1.1] hands none to browsers, and none without the feature', async () => {
  const app = await opened()
  await enter(app)
  const cookie = await app.send('/auth/sign-in', { json: ADA })
  expect(Object.keys(cookie.json)).toEqual(['user', 'session'])
  const stored = await app.database.system.first(sessions, { orderBy: { id: 'desc' } })
  expect(stored?.tokenExpiresAt).toBeNull()
  const { answer } = await enter(await openApp())
  expect(Object.keys(answer.json)).toEqual(['user', 'session', 'token', 'device'])
})

it('renews both tokens of one session', async () => {
  const app = await opened()
  const { answer, token, session } = await enter(app)
  app.clock.advance(20 * MINUTE)
  const renewed = await renew(app, answer.json.refresh)
  expect(renewed.status).toBe(200)
  expect(renewed.headers.get('cache-control')).toContain('no-store')
  expect(renewed.headers.getSetCookie()).toEqual([])
  expect(renewed.json.session.id).toBe(session.id)
  expect(renewed.json.token).not.toBe(token)
  expect(renewed.json.refresh).not.toBe(answer.json.refresh)
  expect(Date.parse(renewed.json.tokenExpiresAt)).toBe(app.clock.now() + 15 * MINUTE)
  expect(await status(app, renewed.json.token)).toBe(200)
  expect(await app.database.system.count(sessions)).toBe(1)
})

it('ends the token before at once when it is renewed early', async () => {
  const app = await opened()
  const { answer, token } = await enter(app)
  const renewed = await renew(app, answer.json.refresh)
  expect(await status(app, token)).toBe(401)
  expect(await status(app, renewed.json.token)).toBe(200)
})

it('[family 13] rejects a reused refresh token and ends its session', async () => {
  const app = await opened()
  const { answer, session, user } = await enter(app)
  const thief = await renew(app, answer.json.refresh)
  const again = await renew(app, thief.json.refresh)
  expect(again.status).toBe(200)
  const mailed = app.mails.length
  expect(await renew(app, answer.json.refresh)).toMatchObject({
    status: 401,
    json: { code: 'unauthenticated' },
  })
  expect(await status(app, again.json.token)).toBe(401)
  expect((await renew(app, again.json.refresh)).status).toBe(401)
  expect(await app.database.system.count(sessions)).toBe(0)
  const reports = app.recorder.logs.filter(({ event }) => event === 'auth.token_reused')
  expect(reports).toHaveLength(1)
  expect(reports[0]?.attributes).toMatchObject({
    'plinth.user.id': user.id,
    'plinth.session.id': session.id,
  })
  await app.idle()
  expect(app.mails.slice(mailed)).toHaveLength(1)
  expect(app.mails.at(-1)).toMatchObject({
    to: ADA.email,
    subject: expect.stringContaining('used refresh token'),
  })
})

it('leaves other sessions of the owner open', async () => {
  const app = await opened()
  const first = await enter(app)
  const json = { ...ADA, transport: 'bearer' }
  const second = await app.send('/auth/sign-in', { json })
  await renew(app, first.answer.json.refresh)
  await renew(app, first.answer.json.refresh)
  expect(await status(app, second.json.token)).toBe(200)
  expect((await renew(app, second.json.refresh)).status).toBe(200)
})

it('[family 13] lets one of 1,000 at once through, then nobody', async () => {
  const app = await opened()
  const { answer } = await enter(app)
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => renew(app, answer.json.refresh)),
  )
  const winners = answers.filter(({ status }) => status === 200)
  expect(winners).toHaveLength(1)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
  expect(await status(app, winners[0]?.json.token)).toBe(401)
  expect((await renew(app, winners[0]?.json.refresh)).status).toBe(401)
  await app.idle()
  const mails = app.mails.filter(({ subject }) => subject.includes('refresh token'))
  expect(mails).toHaveLength(1)
})

const servers: { name: string; source: () => Promise<DataSource> }[] = [
  ...((await hasPostgres())
    ? [{ name: 'PostgreSQL', source: async () => postgres(await freshPostgres(), []) }]
    : []),
  ...((await hasMariadb())
    ? [{ name: 'MariaDB', source: async () => mysql(await freshMariadb(), []) }]
    : []),
]

it.each(servers)('lets one of many at once through on $name', async ({ source }) => {
  const options = { ...MAILING, features: [refreshTokens()] }
  const app = await openApp(options, { source: await source() })
  const { answer, headers } = await enter(app)
  const renewed = await renew(app, answer.json.refresh)
  const { refresh } = renewed.json
  const out = () => app.send('/auth/sign-out', { method: 'POST', headers })
  const sent = Array.from({ length: 60 }, (_, at) => (at === 30 ? out() : renew(app, refresh)))
  const answers = await Promise.all(sent)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(58)
  expect(await app.database.system.count(sessions)).toBe(0)
})

it('[ASVS 7.3.1] keeps to the idle limit of the session', async () => {
  const app = await opened()
  const { answer } = await enter(app)
  app.clock.advance(7 * DAY)
  expect((await renew(app, answer.json.refresh)).status).toBe(401)
})

it('[ASVS 7.3.2] keeps to the absolute limit, however often it is renewed', async () => {
  const app = await opened()
  const { answer, session } = await enter(app)
  let { refresh } = answer.json
  for (let day = 1; day < 30; day++) {
    app.clock.advance(DAY)
    const renewed = await renew(app, refresh)
    expect(renewed.json.session.expiresAt).toBe(session.expiresAt)
    refresh = renewed.json.refresh
  }
  app.clock.advance(DAY - MINUTE)
  const last = await renew(app, refresh)
  expect(last.json.tokenExpiresAt).toBe(session.expiresAt)
  app.clock.advance(MINUTE)
  expect((await renew(app, last.json.refresh)).status).toBe(401)
})

it('ends a refresh token that is not used for its lifetime', async () => {
  const app = await opened({ access: MINUTE, lifetime: 2 * MINUTE })
  const { answer } = await enter(app)
  app.clock.advance(2 * MINUTE - 1)
  const renewed = await renew(app, answer.json.refresh)
  expect(renewed.status).toBe(200)
  app.clock.advance(2 * MINUTE)
  expect((await renew(app, renewed.json.refresh)).status).toBe(401)
})

it('does not make a sign-in look fresh', async () => {
  const app = await opened()
  const { answer } = await enter(app)
  const before = await app.database.system.first(sessions)
  app.clock.advance(20 * MINUTE)
  await renew(app, answer.json.refresh)
  const after = await app.database.system.first(sessions)
  expect(after?.authenticatedAt).toEqual(before?.authenticatedAt)
  expect(after?.lastSeenAt).toEqual(new Date(app.clock.now()))
})

const ends: [string, (app: AuthApp, who: Awaited<ReturnType<typeof enter>>) => Promise<unknown>][] =
  [
    ['a sign-out', (app, { headers }) => app.send('/auth/sign-out', { method: 'POST', headers })],
    ['a deleted user', (app, { user }) => app.database.system.delete(users, user.id)],
    [
      'a ban',
      (app, { user }) => {
        const bannedUntil = new Date(app.clock.now() + DAY)
        return app.database.system.update(users, user.id, { bannedUntil })
      },
    ],
    [
      'a changed password',
      (app, { headers }) => {
        const json = { current: ADA.password, password: BOB.password }
        return app.send('/auth/password', { json, headers })
      },
    ],
    [
      'a reset password',
      async (app) => {
        await app.send('/auth/reset', { json: { email: ADA.email } })
        const token = await linkedToken(app, ADA.email)
        return app.send('/auth/reset/confirm', { json: { token, password: BOB.password } })
      },
    ],
    [
      'a revocation',
      (app, { headers, session }) =>
        app.send(`/auth/sessions/${session.id}`, { method: 'DELETE', headers }),
    ],
    [
      'the revocation of all others',
      async (app) => {
        const { json } = await app.send('/auth/sign-in', { json: { ...ADA, transport: 'bearer' } })
        return app.send('/auth/sessions', { method: 'DELETE', headers: bearer(json.token) })
      },
    ],
    [
      'a sign-in in its place',
      (app, { headers }) => app.send('/auth/sign-in', { json: ADA, headers }),
    ],
  ]

it.each(ends)('[family 15] [ASVS 7.4.1] opens nothing after %s', async (_, end) => {
  const app = await opened()
  const who = await enter(app)
  await end(app, who)
  expect((await renew(app, who.answer.json.refresh)).status).toBe(401)
  expect(await status(app, who.token)).toBe(401)
})

it('gives a new refresh token with a changed password', async () => {
  const app = await opened()
  const { headers } = await enter(app)
  const json = { current: ADA.password, password: BOB.password }
  const changed = await app.send('/auth/password', { json, headers })
  expect((await renew(app, changed.json.refresh)).status).toBe(200)
})

it('renews nothing for what is no refresh token', async () => {
  const app = await opened()
  const { answer, token } = await enter(app)
  const { refresh } = answer.json
  const spoilt = (at: number) =>
    refresh.slice(0, at) + (refresh[at] === 'A' ? 'B' : 'A') + refresh.slice(at + 1)
  const made = ['', 'x', token, refresh.slice(0, -1), `${refresh}A`, ` ${refresh}`, spoilt(12)]
  for (const text of made) {
    expect((await renew(app, text)).status, text).toBe(401)
  }
  for (const value of ['x'.repeat(101), {}, null, [refresh], 5, true]) {
    expect((await renew(app, value)).status).toBe(422)
  }
  expect(await status(app, token)).toBe(200)
  expect((await renew(app, refresh)).status).toBe(200)
})

it('stores digests alone', async () => {
  const app = await opened()
  const { answer } = await enter(app)
  const table = app.description.tables.find(({ name }) => name === 'plinth_refresh_tokens')
  if (!table) throw new Error('there is no table of refresh tokens')
  const stored = JSON.stringify((await app.database.system.list(table)).items)
  expect(stored).not.toContain(answer.json.refresh.slice(9, 30))
  for (const value of stored.match(/[\w-]{36,64}/g) ?? []) {
    expect((await renew(app, `plinth_r_${value}`.slice(0, 52))).status).toBe(401)
  }
})

it('rolls back as a whole when its end does not come', async () => {
  const app = await opened()
  const { answer } = await enter(app)
  const client = new AbortController()
  const sent = app.fetch(
    new Request('https://app.test/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh: answer.json.refresh }),
      signal: client.signal,
    }),
  )
  client.abort()
  const { status } = await sent
  // Either nothing happened, or all did and the answer was lost: then there is no grace.
  expect((await renew(app, answer.json.refresh)).status).toBe(status === 200 ? 401 : 200)
})

const wrong: [string, object, RegExp][] = [
  ['unknown options', { ttl: 1 }, /option "ttl" is unknown; expected access, lifetime/],
  ['seconds for milliseconds', { access: 900 }, /access: is 900; expected/],
  ['tokens for days', { access: 2 * DAY }, /access: is 172800000; expected/],
  ['no lifetime', { lifetime: 0 }, /lifetime: is 0; expected/],
  ['a lifetime below the token’s', { lifetime: MINUTE }, /less than access, which is 900000/],
]
it.each(wrong)('refuses %s', (_, options, message) => {
  expect(() => refreshTokens(options as RefreshOptions)).toThrow(message)
})
