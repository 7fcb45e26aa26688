import {
  account,
  auth,
  password,
  recoveryCodes,
  rememberedDevices,
  staff,
  totp,
  users,
} from 'plinth/auth'
import { assurance, defineOperation, fresh } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, ORIGIN, openApp, openBrowser, signIn } from './app.ts'
import { enrol } from './totp/authenticator.ts'

const EVE = { email: 'eve@example.com', password: 'the third of us all' }
const permissions = {
  support: ['users:read', 'users:impersonate', 'orders:read'],
  moderator: ['users:read', 'users:ban'],
  customer: ['orders:read'],
  owner: ['users:read', 'users:ban', 'users:impersonate', 'orders:read', 'orders:refund'],
}
const define = defineOperation()
const answer = { responses: { 204: null }, handler: () => ({ status: 204 as const }) }
const operations = {
  strong: define({ method: 'POST', path: '/strong', guard: assurance(2), ...answer }),
  recent: define({ method: 'POST', path: '/recent', guard: fresh({ within: 60_000 }), ...answer }),
}
const many = { attempts: 1000, window: 60_000 }

const open = () =>
  openApp(
    {
      mailing: true,
      origin: ORIGIN,
      factors: [password(), totp(), recoveryCodes()],
      features: [staff(), account(), rememberedDevices()],
      permissions,
      limits: { account: many, address: many },
    },
    { operations },
  )

const setRoles = (app: AuthApp, email: string, ...roles: string[]) =>
  app.database.system.updateMany(users, { email }, { roles })

/** Ada with a role, and Bob whom she may act on. */
async function opened(role: keyof typeof permissions = 'support') {
  const app = await open()
  const ada = await enter(app)
  const bob = await enter(app, BOB)
  await setRoles(app, ADA.email, role)
  const on = (path: string, init: object = {}) =>
    app.send(`/auth/staff/users/${bob.user.id}${path}`, { headers: ada.headers, ...init })
  const impersonate = async () => {
    const json = { reason: 'ticket 17', transport: 'bearer' }
    const begun = await on('/impersonate', { json })
    return { begun, headers: { authorization: `Bearer ${begun.json.token}` } }
  }
  const status = async (headers: Record<string, string>) =>
    (await app.send('/auth/session', { headers })).status
  return { app, ada, bob, on, impersonate, status }
}

describe('finding users', () => {
  it('pages by the beginning of the address', async () => {
    const { app, ada } = await opened()
    for (const name of ['bella', 'bert', 'cara']) {
      await app.database.system.create(users, { email: `${name}@example.com` })
    }
    const find = (query: string) => app.send(`/auth/staff/users?${query}`, { headers: ada.headers })
    const emails = async (query: string) =>
      (await find(query)).json.items.map(({ email }: { email: string }) => email)
    expect(await emails('email=BE')).toEqual(['bella@example.com', 'bert@example.com'])
    expect(await emails('email=%25')).toEqual([])
    const first = await find('limit=2')
    expect(first.json.items).toHaveLength(2)
    const rest = await find(`limit=50&cursor=${encodeURIComponent(first.json.next)}`)
    expect([rest.json.items.length, rest.json.next]).toEqual([3, null])
    expect(first.text).not.toMatch(/hash|token|argon/i)
    expect((await find('limit=1000')).status).toBe(422)
    expect((await find('role=staff')).status).toBe(422)
  })

  it('[ASVS 8.2.1] is for who may', async () => {
    const { app, bob } = await opened()
    for (const path of ['/auth/staff/users', '/auth/staff/users?email=ada']) {
      const refused = await app.send(path, { headers: bob.headers })
      expect([refused.status, refused.json.code]).toEqual([403, 'denied'])
      expect((await app.send(path)).status).toBe(401)
    }
  })
})

describe('banning', () => {
  it('[ASVS 7.4.2] [ASVS 7.4.5] ends access at once, until it is lifted', async () => {
    const { app, bob, on, status } = await opened('moderator')
    const banned = await on('/ban', { json: { reason: 'spam' } })
    expect(banned.json.user).toMatchObject({
      bannedUntil: '9999-12-31T00:00:00.000Z',
      banReason: 'spam',
    })
    expect(await status(bob.headers)).toBe(401)
    const refused = await signIn(app, BOB)
    expect([refused.answer.status, refused.answer.json.code]).toEqual([403, 'banned'])
    expect(refused.answer.text).not.toContain('spam')
    expect((await on('/unban', { method: 'POST' })).json.user.bannedUntil).toBeNull()
    expect(await status(bob.headers)).toBe(401)
    expect((await signIn(app, BOB)).answer.status).toBe(200)
  })

  it('may be for a time', async () => {
    const { app, on } = await opened('moderator')
    const until = '2026-01-02T00:00:00Z'
    expect((await on('/ban', { json: { reason: 'spam', until } })).status).toBe(200)
    app.clock.advance(24 * 60 * 60_000 - 1)
    expect((await signIn(app, BOB)).answer.status).toBe(403)
    app.clock.advance(1)
    expect((await signIn(app, BOB)).answer.status).toBe(200)
  })

  it.each([
    ['no reason', { reason: ' ' }],
    ['a time gone by', { reason: 'spam', until: '2025-12-31T00:00:00Z' }],
    ['a time that is none', { reason: 'spam', until: 'tomorrow' }],
    ['a time beyond time', { reason: 'spam', until: '2026-99-99T00:00:00Z' }],
  ])('refuses %s', async (_, json) => {
    const { on, bob, status } = await opened('moderator')
    expect((await on('/ban', { json })).status).toBe(422)
    expect(await status(bob.headers)).toBe(200)
  })

  it('reaches neither oneself nor who may do more', async () => {
    const { app, ada, on } = await opened('moderator')
    await setRoles(app, BOB.email, 'owner')
    for (const path of ['/ban', '/unban']) {
      const json = { reason: 'coup' }
      const refused = await on(path, path === '/ban' ? { json } : { method: 'POST' })
      expect([refused.status, refused.json.code]).toEqual([403, 'denied'])
    }
    expect((await on('/sessions', { method: 'DELETE' })).status).toBe(403)
    const own = `/auth/staff/users/${ada.user.id}/ban`
    const self = await app.send(own, { json: { reason: 'tired' }, headers: ada.headers })
    expect(self.status).toBe(403)
    const nobody = '/auth/staff/users/018f0000-0000-7000-8000-000000000000/ban'
    const missing = await app.send(nobody, { json: { reason: 'spam' }, headers: ada.headers })
    expect([missing.status, missing.json.code]).toEqual([404, 'not_found'])
  })

  it('names who did it and why in the log', async () => {
    const { app, ada, bob, on } = await opened('moderator')
    await on('/ban', { json: { reason: 'spam' } })
    expect(
      app.recorder.logs.find(({ event }) => event === 'auth.banned')?.attributes,
    ).toMatchObject({
      'plinth.user.id': bob.user.id,
      'plinth.auth.staff': ada.user.id,
      'plinth.auth.reason': 'spam',
    })
  })
})

it('[ASVS 7.4.5] lets staff end all sessions of a user', async () => {
  const { app, bob, on, status } = await opened('moderator')
  const other = await signIn(app, BOB)
  expect((await on('/sessions', { method: 'DELETE' })).status).toBe(204)
  expect([await status(bob.headers), await status(other.headers)]).toEqual([401, 401])
  expect((await signIn(app, BOB)).answer.status).toBe(200)
})

describe('acting as a user', () => {
  it('opens a session of an hour that is marked', async () => {
    const { app, ada, bob, impersonate, status } = await opened()
    const { begun, headers } = await impersonate()
    expect(begun.json.user.email).toBe(BOB.email)
    expect(begun.json.session.expiresAt).toBe('2026-01-01T01:00:00.000Z')
    const who = await app.send('/auth/session', { headers })
    expect(who.json.user.id).toBe(bob.user.id)
    expect(await status(ada.headers)).toBe(200)
    app.clock.advance(60 * 60_000)
    expect(await status(headers)).toBe(401)
  })

  it('names both in the events, with the reason', async () => {
    const { app, ada, bob, impersonate } = await opened()
    const { headers } = await impersonate()
    await app.send('/auth/sign-out', { method: 'POST', headers })
    const facts = (name: string) =>
      app.recorder.logs.find(({ event }) => event === name)?.attributes
    const both = { 'plinth.user.id': bob.user.id, 'plinth.auth.impersonator': ada.user.id }
    expect(facts('auth.impersonation_started')).toMatchObject({
      ...both,
      'plinth.auth.reason': 'ticket 17',
    })
    expect(facts('auth.sign_out')).toMatchObject(both)
  })

  it('is stopped by who began it', async () => {
    const { app, ada, impersonate, status } = await opened()
    const { headers } = await impersonate()
    const stop = (sent: Record<string, string>) =>
      app.send('/auth/staff/impersonation', { method: 'DELETE', headers: sent })
    expect((await stop(headers)).status).toBe(204)
    expect(await status(headers)).toBe(401)
    expect(await status(ada.headers)).toBe(200)
    expect((await stop(ada.headers)).status).toBe(404)
  })

  it('gives a browser its own session back', async () => {
    const { app, bob } = await opened()
    const browser = openBrowser(app)
    await browser.send('/auth/sign-in', { json: ADA })
    const own = browser.cookies.get('__Host-session')
    const path = `/auth/staff/users/${bob.user.id}/impersonate`
    expect((await browser.send(path, { json: { reason: 'ticket 17' } })).status).toBe(200)
    const email = async () => (await browser.send('/auth/session')).json.user?.email
    expect(await email()).toBe(BOB.email)
    expect((await browser.send('/auth/staff/impersonation', { method: 'DELETE' })).status).toBe(204)
    expect(await email()).toBe(ADA.email)
    expect(browser.cookies.get('__Host-session')).toBe(own)
    expect(browser.cookies.has('__Host-staff')).toBe(false)
  })

  it('gives no browser a session that is not its own', async () => {
    const { app, bob } = await opened()
    const browser = openBrowser(app)
    await browser.send('/auth/sign-in', { json: ADA })
    const path = `/auth/staff/users/${bob.user.id}/impersonate`
    await browser.send(path, { json: { reason: 'ticket 17' } })
    const foreign = await signIn(app, BOB)
    browser.cookies.set('__Host-staff', foreign.token)
    await browser.send('/auth/staff/impersonation', { method: 'DELETE' })
    expect(browser.cookies.has('__Host-session')).toBe(false)
  })

  it('ends when staff lose the permission, are banned, or sign out everywhere', async () => {
    const { app, ada, impersonate, status } = await opened()
    const first = await impersonate()
    await setRoles(app, ADA.email, 'moderator')
    expect(await status(first.headers)).toBe(401)
    await setRoles(app, ADA.email, 'support')
    expect(await status(first.headers)).toBe(200)
    await setRoles(app, BOB.email, 'owner')
    expect(await status(first.headers)).toBe(401)
    await setRoles(app, BOB.email)
    const bannedUntil = new Date('2100-01-01')
    await app.database.system.update(users, ada.user.id, { bannedUntil })
    expect(await status(first.headers)).toBe(401)
    await app.database.system.update(users, ada.user.id, { bannedUntil: null })
    const json = { current: ADA.password, password: 'a wholly new sentence' }
    await app.send('/auth/password', { json, headers: ada.headers })
    expect(await status(first.headers)).toBe(401)
  })

  it('reaches neither oneself nor who may do more, and takes a recent sign-in', async () => {
    const { app, ada, impersonate } = await opened()
    const own = `/auth/staff/users/${ada.user.id}/impersonate`
    const json = { reason: 'mirror', transport: 'bearer' }
    expect((await app.send(own, { json, headers: ada.headers })).status).toBe(403)
    for (const role of ['owner', 'moderator']) {
      await setRoles(app, BOB.email, role)
      expect((await impersonate()).begun.status).toBe(403)
    }
    await setRoles(app, BOB.email, 'customer')
    expect((await impersonate()).begun.status).toBe(200)
    app.clock.advance(15 * 60_000 + 1)
    const late = await impersonate()
    expect(late.begun.json.code).toBe('insufficient_authentication')
  })

  it('is not begun while acting as somebody', async () => {
    const { app, impersonate } = await opened('owner')
    const eve = await enter(app, EVE)
    await setRoles(app, BOB.email, 'support')
    const { headers } = await impersonate()
    const json = { reason: 'chain', transport: 'bearer' }
    const path = `/auth/staff/users/${eve.user.id}/impersonate`
    expect((await app.send(path, { json, headers })).status).toBe(403)
    expect((await app.send('/auth/staff/users', { headers })).status).toBe(403)
  })

  it('opens nothing that takes a recent sign-in or two factors', async () => {
    const { app, impersonate } = await opened()
    const { headers } = await impersonate()
    for (const path of ['/recent', '/strong']) {
      const refused = await app.send(path, { method: 'POST', headers })
      expect([refused.status, refused.json.code]).toEqual([401, 'insufficient_authentication'])
    }
  })

  it.each([
    ['POST', '/auth/totp', undefined],
    ['POST', '/auth/totp/confirm', { code: '000000' }],
    ['DELETE', '/auth/totp', undefined],
    ['POST', '/auth/totp/verify', { code: '000000' }],
    ['POST', '/auth/recovery-codes', undefined],
    ['POST', '/auth/recovery-codes/verify', { code: 'zzzz-zzzz' }],
    ['POST', '/auth/password', { current: BOB.password, password: 'a wholly new sentence' }],
    ['DELETE', '/auth/devices', undefined],
    ['GET', '/auth/account/export', undefined],
    ['DELETE', '/auth/account', undefined],
  ])('cannot %s %s', async (method, path, json) => {
    const { app, impersonate, bob, status } = await opened()
    const { headers } = await impersonate()
    const refused = await app.send(path, { method, headers, ...(json && { json }) })
    expect([refused.status, refused.json.code]).toEqual([401, 'unauthenticated'])
    expect(await status(bob.headers)).toBe(200)
    expect((await signIn(app, BOB)).answer.status).toBe(200)
  })

  it('shows the second factor of nobody', async () => {
    const { app, impersonate } = await opened()
    await enrol(app, BOB)
    const { begun } = await impersonate()
    expect([begun.status, begun.json.session.expiresAt]).toEqual([200, expect.any(String)])
  })
})

describe('staff()', () => {
  const factors = [password()]
  it.each([
    ['unknown options', { roles: [] }, /option "roles" is unknown/],
    ['unknown permissions', { permissions: { delete: 'x' } }, /option "delete" is unknown/],
    ['a permission of no name', { permissions: { ban: '' } }, /ban: is ; expected/],
  ])('refuses %s', (_, options, message) => {
    expect(() => auth({ factors, features: [staff(options as object)] })).toThrow(message)
  })

  it('asks for permissions by the names that it was given', async () => {
    const app = await openApp({
      features: [staff({ permissions: { read: 'people:find' } })],
      permissions: { finder: ['people:find'], support: ['users:read'] },
    })
    const { headers } = await enter(app)
    await setRoles(app, ADA.email, 'support')
    expect((await app.send('/auth/staff/users', { headers })).status).toBe(403)
    await setRoles(app, ADA.email, 'finder')
    expect((await app.send('/auth/staff/users', { headers })).status).toBe(200)
  })
})
