import fc from 'fast-check'
import { sessions, users } from 'plinth/auth'
import { anyone, defineOperation } from 'plinth/http'
import { sha256 } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databaseName } from '../data/fixture.ts'
import { ADA, type AuthApp, enter, ORIGIN, openApp, signIn } from './app.ts'

/** What a header may hold, but the semicolon, at which a cookie ends. */
const HEADER_CHARACTERS = Array.from({ length: 256 }, (_, code) =>
  String.fromCharCode(code),
).filter((character) => /[\t\x20-\x3a\x3c-\x7e\x80-\xff]/.test(character))

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const status = async (app: AuthApp, headers: Record<string, string>): Promise<number> =>
  (await app.send('/auth/session', { headers })).status

describe('a session', () => {
  it('is known by its cookie and by its bearer token', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    expect(await status(app, { authorization: `Bearer ${token}` })).toBe(200)
    expect(await status(app, { authorization: `bearer   ${token}` })).toBe(200)
    expect(await status(app, { cookie: `theme=dark; __Host-session=${token}; x=1` })).toBe(200)
  })

  it('[ASVS 7.2.1] is nothing that a client can make up', async () => {
    const app = await openApp()
    const { token, session, user } = await enter(app)
    const stored = await app.database.system.first(sessions)
    const made = [
      '',
      'null',
      'undefined',
      token.slice(0, -1),
      `${token}A`,
      token.toUpperCase(),
      token.replace('plinth_s_', ''),
      token.replace('plinth_s_', 'plinth_r_'),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      session.id,
      user.id,
      stored?.tokenHash ?? '',
      `plinth_s_${stored?.tokenHash ?? ''}`,
      `plinth_s_${(stored?.tokenHash ?? '').slice(0, 43)}`,
      '[object Object]',
      'x'.repeat(100_000),
      `${token} ${token}`,
      `${token}, Bearer ${token}`,
      `"${token}"`,
      encodeURIComponent(`${token}%00`),
    ]
    for (const value of made) {
      expect(await status(app, { authorization: `Bearer ${value}` }), value).toBe(401)
      expect(await status(app, { cookie: `__Host-session=${value}` }), value).toBe(401)
    }
  })

  it('is looked up for nothing but tokens', async () => {
    const app = await openApp()
    const before = app.recorder.spans.length
    for (const value of ['', 'abc', `plinth_s_${'x'.repeat(44)}`, 'x'.repeat(50_000)]) {
      await status(app, { authorization: `Bearer ${value}` })
    }
    const names = app.recorder.spans.slice(before).map(({ name }) => name)
    expect(names).not.toContain('select plinth_sessions')
  })

  it('[ASVS 14.2.1] is not read from other cookies, parameters or schemes', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    expect(await status(app, { cookie: `session=${token}` })).toBe(401)
    expect(await status(app, { cookie: `__host-session=${token}` })).toBe(401)
    expect(await status(app, { cookie: `\u00a0__Host-session=${token}` })).toBe(401)
    expect(await status(app, { authorization: `Basic ${token}` })).toBe(401)
    expect(await status(app, { authorization: token })).toBe(401)
    expect((await app.send(`/auth/session?token=${token}`)).status).not.toBe(200)
  })

  it('is nobody’s for any header that is not a token', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const sent = fc.string({ unit: fc.constantFrom(...HEADER_CHARACTERS), maxLength: 80 })
    const near = fc.tuple(sent, fc.constantFrom('', ' ', ';', ',', '=', '"'), sent)
    await fc.assert(
      fc.asyncProperty(near, async ([before, between, after]) => {
        const value = `${before}${between}${after}`
        expect(await status(app, { authorization: value })).toBe(401)
        expect(await status(app, { authorization: `Bearer ${value}` })).toBe(401)
        expect(await status(app, { cookie: value })).toBe(401)
        const spoilt = `${token}${before}x`
        expect(await status(app, { cookie: `__Host-session=${spoilt}` })).toBe(401)
      }),
    )
  })

  it('is not read from a cookie that comes twice', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const other = `plinth_s_${'x'.repeat(43)}`
    const cookie = `__Host-session=${other}; __Host-session=${token}`
    expect(await status(app, { cookie })).toBe(401)
  })

  it('is that of the bearer token where a cookie comes along', async () => {
    const app = await openApp()
    const ada = await enter(app)
    const bob = await enter(app, { email: 'bob@example.com', password: 'staple of the pond' })
    const cookie = `__Host-session=${ada.token}`
    const both = await app.send('/auth/session', { headers: { ...bob.headers, cookie } })
    expect(both.json.user.email).toBe('bob@example.com')
    const authorization = 'Bearer no-such-token'
    expect(await status(app, { authorization, cookie })).toBe(401)
    expect(await status(app, { authorization: 'Basic c3RhZ2U6c3RhZ2U=', cookie })).toBe(200)
  })

  it('of a cookie counts for nothing when another site sends it', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const cookie = `__Host-session=${token}`
    const from = (headers: Record<string, string>) =>
      app.send('/auth/sessions', { method: 'DELETE', headers: { cookie, ...headers } })
    expect((await from({})).status).toBe(403)
    expect((await from({ origin: 'https://evil.test' })).status).toBe(403)
    expect((await from({ origin: 'null' })).status).toBe(403)
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await from({ origin: ORIGIN })).status).toBe(204)
  })

  it('[ASVS 7.3.1] ends after a week without a request', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    app.clock.advance(7 * DAY - 1)
    expect(await status(app, headers)).toBe(200)
    await recorded(app)
    app.clock.advance(7 * DAY - 1)
    expect(await status(app, headers)).toBe(200)
    await recorded(app)
    app.clock.advance(7 * DAY)
    expect(await status(app, headers)).toBe(401)
  })

  it('[ASVS 7.3.2] ends after thirty days whatever happens', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    for (let day = 1; day < 30; day++) {
      app.clock.advance(DAY)
      expect(await status(app, headers)).toBe(200)
      await recorded(app)
    }
    app.clock.advance(DAY - 1)
    expect(await status(app, headers)).toBe(200)
    app.clock.advance(1)
    expect(await status(app, headers)).toBe(401)
  })

  it('records its use once a minute, even of a hundred requests at once', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const writes = () => app.recorder.spans.filter(({ name }) => name === 'update plinth_sessions')
    app.clock.advance(MINUTE - 1)
    await status(app, headers)
    await recorded(app)
    expect(writes()).toHaveLength(0)
    app.clock.advance(1)
    await Promise.all(Array.from({ length: 100 }, () => status(app, headers)))
    await recorded(app)
    // Where reading does not wait for writing, one that comes late finds nothing to change.
    if (databaseName === 'sqlite') expect(writes()).toHaveLength(1)
    expect((await app.database.system.first(sessions))?.lastSeenAt).toEqual(
      new Date(app.clock.now()),
    )
  })

  it('outlives a clock that is put back', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const seen = app.clock.now()
    app.clock.advance(-2 * DAY)
    expect(await status(app, headers)).toBe(200)
    await recorded(app)
    const session = await app.database.system.first(sessions)
    expect(session?.lastSeenAt).toEqual(new Date(seen))
  })

  it('[family 15] [ASVS 7.4.2] ends at once when its user is deleted', async () => {
    const app = await openApp()
    const { headers, user } = await enter(app)
    expect(await app.database.system.delete(users, user.id)).toBe(true)
    expect(await status(app, headers)).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(0)
    expect((await signIn(app)).answer.status).toBe(401)
  })

  it('[ASVS 7.4.5] ends at once when an administrator deletes it', async () => {
    const app = await openApp()
    const { headers, user } = await enter(app)
    await app.database.system.deleteMany(sessions, { user: user.id })
    expect(await status(app, headers)).toBe(401)
  })

  it('[ASVS 8.3.2] has the roles that its user has now', async () => {
    const app = await openApp()
    const { headers, user } = await enter(app)
    const roles = async () => (await app.send('/auth/session', { headers })).json.user.roles
    await app.database.system.update(users, user.id, { roles: ['staff'] })
    expect(await roles()).toEqual(['staff'])
    await app.database.system.update(users, user.id, { roles: [] })
    expect(await roles()).toEqual([])
  })

  it('[ASVS 16.5.3] is not taken for none when the database fails', async () => {
    const seen: unknown[] = []
    const greet = defineOperation()({
      method: 'GET',
      path: '/greeting',
      guard: anyone,
      responses: { 200: v.object({}) },
      handler: ({ actor }) => {
        seen.push(actor)
        return { status: 200, body: {} }
      },
    })
    const app = await openApp({}, { operations: { greet } })
    const { headers, user } = await enter(app)
    expect((await app.send('/greeting', { headers })).status).toBe(200)
    expect(seen).toEqual([{ id: user.id, roles: [], permissions: [] }])
    await app.database.close()
    expect((await app.send('/greeting', { headers })).status).toBeGreaterThanOrEqual(500)
    expect((await app.send('/greeting')).status).toBe(200)
    expect(seen).toHaveLength(2)
  })

  it('is stored as a digest alone', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const stored = await app.database.system.first(sessions)
    expect(stored?.tokenHash).toBe(await sha256(token))
    expect(JSON.stringify(stored)).not.toContain(token)
  })

  it('keeps an overlong user agent short', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const headers = { 'user-agent': 'x'.repeat(5000) }
    await app.send('/auth/sign-in', { json: ADA, headers })
    expect((await app.database.system.first(sessions))?.userAgent).toHaveLength(400)
  })
})

/** Waits for writes beside the requests: they are in the same queue as this one. */
async function recorded(app: AuthApp): Promise<void> {
  await app.database.system.deleteMany(sessions, { id: 'none' })
}
