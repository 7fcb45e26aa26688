import { sessions } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, BOB, enter, ORIGIN, openApp, signIn, visible } from './app.ts'

describe('sign-out', () => {
  it('[family 15] [ASVS 7.4.1] ends the session for good', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const out = await app.send('/auth/sign-out', { method: 'POST', headers })
    expect([out.status, out.text]).toEqual([204, ''])
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(0)
  })

  it('[ASVS 14.3.1] removes the cookie and what the browser has stored', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const headers = { cookie: `__Host-session=${token}`, origin: ORIGIN }
    const out = await app.send('/auth/sign-out', { method: 'POST', headers })
    expect(out.headers.get('set-cookie')).toBe(
      '__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
    )
    expect(out.headers.get('clear-site-data')).toBe('"cache", "storage"')
  })

  it('does nothing without a session, twice too', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    for (let count = 0; count < 2; count++) {
      expect((await app.send('/auth/sign-out', { method: 'POST', headers })).status).toBe(204)
    }
    expect((await app.send('/auth/sign-out', { method: 'POST' })).status).toBe(204)
  })

  it('leaves the other sessions open', async () => {
    const app = await openApp()
    const first = await enter(app)
    const second = await signIn(app)
    await app.send('/auth/sign-out', { method: 'POST', headers: first.headers })
    expect((await app.send('/auth/session', { headers: second.headers })).status).toBe(200)
  })
})

describe('the list of sessions', () => {
  it('shows open sessions of one user, without secrets', async () => {
    const app = await openApp()
    const { headers, session } = await enter(app)
    await enter(app, BOB)
    app.clock.advance(1000)
    await app.send('/auth/sign-in', {
      json: ADA,
      address: '2001:db8::1',
      headers: { 'user-agent': 'Mozilla/5.0' },
    })
    const { json, text } = await app.send('/auth/sessions', { headers })
    expect(json.items).toEqual([
      {
        id: expect.any(String),
        createdAt: '2026-01-01T00:00:01.000Z',
        lastSeenAt: '2026-01-01T00:00:01.000Z',
        expiresAt: '2026-01-31T00:00:01.000Z',
        address: '2001:db8::1',
        userAgent: 'Mozilla/5.0',
        current: false,
      },
      expect.objectContaining({ id: session.id, userAgent: null, current: true }),
    ])
    expect(text).not.toMatch(/hash|token|plinth_s_/i)
  })

  it('leaves out sessions that have ended', async () => {
    const app = await openApp({ session: { idle: 5 * 60_000, absolute: 60 * 60_000 } })
    await enter(app)
    app.clock.advance(5 * 60_000)
    const { headers } = await signIn(app)
    expect((await app.send('/auth/sessions', { headers })).json.items).toHaveLength(1)
  })
})

describe('revoking sessions', () => {
  it('[ASVS 7.5.2] takes a recent sign-in for any but the own one', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const other = await signIn(app)
    app.clock.advance(15 * 60_000 + 1)
    for (const path of ['/auth/sessions', `/auth/sessions/${other.session.id}`]) {
      const { status, json } = await app.send(path, { method: 'DELETE', headers })
      expect([status, json.code]).toEqual([401, 'insufficient_authentication'])
    }
    expect((await app.send('/auth/session', { headers: other.headers })).status).toBe(200)
    const { json } = await app.send('/auth/session', { headers })
    const own = `/auth/sessions/${json.session.id}`
    expect((await app.send(own, { method: 'DELETE', headers })).status).toBe(204)
  })

  it('ends another session of one’s own', async () => {
    const app = await openApp()
    const lost = await enter(app)
    const { headers } = await signIn(app)
    const path = `/auth/sessions/${lost.session.id}`
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(204)
    expect((await app.send('/auth/session', { headers: lost.headers })).status).toBe(401)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })

  it('[ASVS 8.2.2] answers alike for foreign and missing sessions', async () => {
    const app = await openApp()
    const bob = await enter(app, BOB)
    const { headers } = await enter(app)
    const revoke = (id: string) => app.send(`/auth/sessions/${id}`, { method: 'DELETE', headers })
    const foreign = await revoke(bob.session.id)
    expect([foreign.status, foreign.json.code]).toEqual([404, 'not_found'])
    expect(visible(await revoke('018f0000-0000-7000-8000-000000000000'))).toEqual(visible(foreign))
    expect(visible(await revoke('no-uuid'))).toEqual(visible(foreign))
    expect((await app.send('/auth/session', { headers: bob.headers })).status).toBe(200)
  })

  it('signs out who ends the session in use', async () => {
    const app = await openApp()
    const { headers, session } = await enter(app)
    const out = await app.send(`/auth/sessions/${session.id}`, { method: 'DELETE', headers })
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
  })

  it('ends all others of one’s own and nobody else’s', async () => {
    const app = await openApp()
    const others = [await enter(app), await signIn(app)]
    const bob = await enter(app, BOB)
    const { headers } = await signIn(app)
    expect((await app.send('/auth/sessions', { method: 'DELETE', headers })).status).toBe(204)
    for (const other of others) {
      expect((await app.send('/auth/session', { headers: other.headers })).status).toBe(401)
    }
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    expect((await app.send('/auth/session', { headers: bob.headers })).status).toBe(200)
  })
})

it.each([
  ['GET', '/auth/session'],
  ['GET', '/auth/sessions'],
  ['DELETE', '/auth/sessions'],
  ['DELETE', '/auth/sessions/018f0000-0000-7000-8000-000000000000'],
  ['POST', '/auth/password'],
])('answers 401 to %s %s without a session', async (method, path) => {
  const app = await openApp()
  const json = method === 'POST' ? { current: 'a', password: 'b' } : undefined
  const answer = await app.send(path, { method, ...(json && { json }) })
  expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
})

it('shows policies a session’s user, and no session', async () => {
  const app = await openApp()
  const { user } = await enter(app)
  const bob = await enter(app, BOB)
  const { users } = await import('plinth/auth')
  const db = app.database.as({ id: user.id, roles: ['staff'] })
  expect((await db.list(users)).items.map(({ id }) => id)).toEqual([user.id])
  expect(await db.get(users, bob.user.id)).toBeNull()
  expect(await db.update(users, user.id, { roles: ['staff'] }).catch(() => null)).toBeNull()
  expect((await db.list(sessions).catch(() => ({ items: [] }))).items).toEqual([])
})
