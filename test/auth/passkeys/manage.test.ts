import { account, users } from 'plinth/auth'
import { type PasskeysOptions, passkeys } from 'plinth/auth/passkeys'
import { beforeEach, describe, expect, it } from 'vitest'
import { ADA, type Answer, type AuthApp, BOB, enter, linkedToken, signIn } from '../app.ts'
import { openSetup } from '../oauth/setup.ts'
import { type Authenticator, createAuthenticator, type Deviation } from './authenticator.ts'
import {
  bearer,
  creationOptions,
  fill,
  member,
  openPasskeyApp,
  passkeysOf,
  post,
  register,
  secondFactorOptions,
  showPasskey,
  showPassword,
  signInWith,
} from './fixture.ts'

const MINUTE = 60_000
const codeOf = ({ status, json }: Answer): [number, string | undefined] => [status, json?.code]
const STALE = [401, 'insufficient_authentication']
const NOWHERE = '018f0000-0000-7000-8000-000000000000'

describe('renaming a passkey', () => {
  let app: AuthApp
  let own: Awaited<ReturnType<typeof member>>
  const rename = (name: unknown, { id = own.passkey.id, headers = own.headers } = {}) =>
    app.send(`/auth/passkeys/${id}`, { method: 'PATCH', json: { name }, headers })

  beforeEach(async () => {
    app = await openPasskeyApp()
    own = await member(app)
  })

  it('calls it what its owner says, and nothing else', async () => {
    const renamed = await rename('  Ada’s blue key 🔑 ')
    expect(renamed.status).toBe(200)
    expect(renamed.json).toEqual({ ...own.passkey, name: 'Ada’s blue key 🔑' })
    expect((await passkeysOf(app, own.headers)).map(({ name }) => name)).toEqual([
      'Ada’s blue key 🔑',
    ])
    expect((await signInWith(app, own.authenticator)).status).toBe(200)
  })

  it.each([
    ['nothing', ''],
    ['spaces', '  \u2003'],
    ['a line feed', 'key\nX: y'],
    ['NUL', 'k\u0000y'],
    ['65 characters', 'k'.repeat(65)],
    ['a number', 7],
    ['null', null],
    ['a list', ['key']],
  ])('refuses the name of %s', async (_, name) => {
    const answer = await rename(name)
    expect(codeOf(answer)).toEqual([422, 'invalid_input'])
    expect(answer.json.issues).toMatchObject([{ path: 'body.name' }])
    expect(await passkeysOf(app, own.headers)).toEqual([own.passkey])
  })

  it('takes as long a name as there may be', async () => {
    expect((await rename('k'.repeat(64))).status).toBe(200)
  })

  it('refuses to change anything beside the name', async () => {
    for (const extra of ['user', 'counter', 'publicKey', 'verifiesUser', '__proto__', 'id']) {
      const text = `{"name":"key","${extra}":"x"}`
      const request = new Request(`https://app.test/auth/passkeys/${own.passkey.id}`, {
        method: 'PATCH',
        headers: { ...own.headers, 'content-type': 'application/json' },
        body: text,
      })
      expect((await app.fetch(request)).status, extra).toBeGreaterThanOrEqual(400)
    }
    expect(await passkeysOf(app, own.headers)).toEqual([own.passkey])
  })

  it('finds none of another user, and none that is not', async () => {
    const { headers } = await enter(app, BOB)
    const others = await rename('mine', { headers })
    const none = await rename('mine', { id: NOWHERE, headers })
    expect(codeOf(others)).toEqual([404, 'not_found'])
    expect(others.json.detail).toEqual(none.json.detail)
    expect(codeOf(await rename('mine', { id: 'x' }))).toEqual([404, 'not_found'])
    expect(await passkeysOf(app, own.headers)).toEqual([own.passkey])
  })
})

describe('the fifty passkeys that an account may have', () => {
  it('are as many, and the one after them is refused', async () => {
    const app = await openPasskeyApp()
    const { user, authenticator } = await member(app)
    const headers = bearer(await signInWith(app, authenticator))
    await fill(app, user.id, 48)
    const begun = await creationOptions(app, headers)
    expect(begun.excludeCredentials).toHaveLength(49)
    const last = await createAuthenticator()
    const json = { credential: await last.create(begun) }
    const full = await fill(app, user.id, 1)
    expect(codeOf(await post(app, '/auth/passkeys', { json, headers }))).toEqual([
      409,
      'too_many_passkeys',
    ])
    const asked = await post(app, '/auth/passkeys/options', { headers })
    expect(codeOf(asked)).toEqual([409, 'too_many_passkeys'])
    expect(await passkeysOf(app, headers)).toHaveLength(50)
    const half = (await signIn(app)).answer.json.pending
    expect((await secondFactorOptions(app, half)).allowCredentials).toHaveLength(50)
    expect((await signInWith(app, authenticator)).status).toBe(200)
    await app.send(`/auth/passkeys/${full[0]}`, { method: 'DELETE', headers })
    expect((await register(app, headers, await createAuthenticator())).status).toBe(201)
  })
})

describe('the last way in', () => {
  /** Somebody whom a provider lets in, with a passkey, and both shown. */
  async function openBoth(options: PasskeysOptions, deviation: Deviation = {}) {
    const { app, browser, signIn: signInCorp } = await openSetup({}, { more: [passkeys(options)] })
    await signInCorp()
    const authenticator = await createAuthenticator()
    const begun = await browser.send('/auth/passkeys/options', { method: 'POST' })
    const json = { credential: await authenticator.create(begun.json, deviation) }
    const { id } = (await browser.send('/auth/passkeys', { json })).json
    const path = '/auth/second-factor/passkey'
    const asked = (await browser.send(`${path}/options`, { json: {} })).json
    const proof = { credential: await authenticator.get(asked, deviation) }
    expect((await browser.send(path, { json: proof })).status).toBe(200)
    return {
      app,
      authenticator,
      remove: () => browser.send(`/auth/passkeys/${id}`, { method: 'DELETE' }),
      unlink: () => browser.send('/auth/oauth/corp', { method: 'DELETE' }),
    }
  }

  it('is not removed while it is a passkey', async () => {
    const { app, authenticator, remove, unlink } = await openBoth({})
    expect((await unlink()).status).toBe(204)
    expect(codeOf(await remove())).toEqual([409, 'last_way_in'])
    expect((await signInWith(app, authenticator)).status).toBe(200)
  })

  it('is never a passkey that only comes second', async () => {
    const options = { userVerification: 'preferred' } as const
    const { remove, unlink } = await openBoth(options, { verified: false })
    expect(codeOf(await unlink())).toEqual([409, 'last_way_in'])
    expect((await remove()).status).toBe(204)
    expect(codeOf(await unlink())).toEqual([409, 'last_way_in'])
  })
})

describe('what changes passkeys', () => {
  let app: AuthApp
  let authenticator: Authenticator
  let headers: Readonly<Record<string, string>>
  let id: string

  beforeEach(async () => {
    app = await openPasskeyApp()
    const own = await member(app)
    authenticator = own.authenticator
    id = own.passkey.id
    headers = bearer(await signInWith(app, authenticator))
  })

  it('[ASVS 7.5.1] takes a sign-in of the last quarter of an hour, to the end', async () => {
    app.clock.advance(15 * MINUTE - 1000)
    const begun = await creationOptions(app, headers)
    const json = { credential: await (await createAuthenticator()).create(begun) }
    app.clock.advance(1001)
    expect(codeOf(await post(app, '/auth/passkeys', { json, headers }))).toEqual(STALE)
    expect(codeOf(await post(app, '/auth/passkeys/options', { headers }))).toEqual(STALE)
    const removed = await app.send(`/auth/passkeys/${id}`, { method: 'DELETE', headers })
    expect(codeOf(removed)).toEqual(STALE)
    expect(removed.json.maxAge).toBe(900)
    expect(await passkeysOf(app, headers)).toHaveLength(1)
  })

  it('[ASVS 7.5.3] goes on when the passkey is shown once more', async () => {
    app.clock.advance(16 * MINUTE)
    const path = '/auth/second-factor/passkey/options'
    const asked = await post(app, path, { json: {}, headers })
    const json = { credential: await authenticator.get(asked.json), transport: 'bearer' }
    const stepped = await post(app, '/auth/second-factor/passkey', { json, headers })
    expect(stepped.status).toBe(200)
    const renewed = bearer(stepped)
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect((await register(app, renewed, await createAuthenticator())).status).toBe(201)
    const init = { method: 'DELETE', headers: renewed }
    expect((await app.send(`/auth/passkeys/${id}`, init)).status).toBe(204)
  })

  it('is not reached by the passkey of somebody else', async () => {
    app.clock.advance(16 * MINUTE)
    const bob = await member(app, { account: BOB })
    const path = '/auth/second-factor/passkey/options'
    const asked = await post(app, path, { json: {}, headers })
    const json = { credential: await bob.authenticator.get(asked.json) }
    const stepped = await post(app, '/auth/second-factor/passkey', { json, headers })
    expect(codeOf(stepped)).toEqual([401, 'wrong_passkey'])
    expect(codeOf(await post(app, '/auth/passkeys/options', { headers }))).toEqual(STALE)
  })

  it('takes the second factor, where one is enrolled', async () => {
    const { headers: bobs, authenticator: key } = await member(app, { account: BOB })
    // The session in which the first was added goes on, and has shown one factor.
    expect(codeOf(await post(app, '/auth/passkeys/options', { headers: bobs }))).toEqual(STALE)
    const both = bearer(await showPasskey(app, key, { pending: await showPassword(app, BOB) }))
    expect((await post(app, '/auth/passkeys/options', { headers: both })).status).toBe(200)
  })
})

describe('an account that goes', () => {
  const open = () => openPasskeyApp({}, { features: [account()] })

  it('takes its passkeys along', async () => {
    const app = await open()
    const { authenticator } = await member(app)
    const headers = bearer(await signInWith(app, authenticator))
    expect((await app.send('/auth/account', { method: 'DELETE', headers })).status).toBe(204)
    const table = app.description.tables.find(({ name }) => name === 'plinth_passkeys')
    expect(table && (await app.database.system.count(table))).toBe(0)
    const answer = await signInWith(app, authenticator)
    expect(codeOf(answer)).toEqual([401, 'wrong_passkey'])
    const { headers: again } = await enter(app)
    expect((await register(app, again, authenticator)).status).toBe(201)
  })

  it('takes along what is known of them, and no key', async () => {
    const app = await open()
    const { authenticator, headers, passkey } = await member(app)
    const { json, text } = await app.send('/auth/account/export', {
      headers: bearer(await signInWith(app, authenticator)),
    })
    const { name, aaguid, backedUp, createdAt } = passkey
    expect(json.auth.passkey).toEqual([
      { name, aaguid, backedUp, createdAt, lastUsedAt: '2026-01-01T00:00:00.000Z' },
    ])
    expect(text).not.toContain(authenticator.credentialId)
    expect(await passkeysOf(app, headers)).toHaveLength(1)
  })

  it('[family 12] loses the passkey of who signed up with another’s address', async () => {
    const app = await open()
    // As it was before addresses were proved.
    const { authenticator, user } = await member(app)
    await app.database.system.update(users, user.id, { emailVerifiedAt: null })
    await app.send('/auth/reset', { json: { email: ADA.email } })
    const json = { token: await linkedToken(app, ADA.email), password: 'another horse entirely' }
    expect((await app.send('/auth/reset/confirm', { json })).status).toBeLessThan(300)
    expect((await signInWith(app, authenticator)).status).toBe(401)
    const entered = await signIn(app, { ...ADA, password: json.password })
    expect(entered.answer.status).toBe(200)
    expect(await passkeysOf(app, entered.headers)).toEqual([])
  })
})
