import { sessions, users } from 'plinth/auth'
import { toBase64Url } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { ADA, BOB, enter, visible } from '../app.ts'
import { createAuthenticator, type Deviation } from './authenticator.ts'
import { utf8 } from './cbor.ts'
import {
  bearer,
  creationOptions,
  member,
  openPasskeyApp,
  post,
  signInOptions,
  signInWith,
} from './fixture.ts'

describe('signing in with a passkey', () => {
  it('[ASVS 6.3.3] opens a session of two factors', async () => {
    const app = await openPasskeyApp()
    const { authenticator, user } = await member(app)
    const answer = await signInWith(app, authenticator)
    expect([answer.status, answer.json.user.id]).toEqual([200, user.id])
    const session = await app.database.system.get(sessions, answer.json.session.id)
    expect(session).toMatchObject({ user: user.id, assurance: 2, methods: ['passkey'] })
    const headers = bearer(answer)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })

  it('[ASVS 6.3.8] asks the same of everybody', async () => {
    const app = await openPasskeyApp()
    const before = await signInOptions(app)
    await member(app)
    const { challenge, ...after } = await signInOptions(app)
    expect(after).toEqual({
      rpId: 'app.test',
      timeout: 300_000,
      userVerification: 'required',
      allowCredentials: [],
    })
    expect({ ...after, challenge: before.challenge }).toEqual(before)
  })

  it('[ASVS 6.7.2] never gives a challenge twice', async () => {
    const app = await openPasskeyApp()
    const asked = await Promise.all(Array.from({ length: 200 }, () => signInOptions(app)))
    const challenges = new Set(asked.map(({ challenge }) => challenge))
    expect(challenges.size).toBe(200)
    for (const challenge of challenges) expect(challenge.length).toBeGreaterThan(60)
  })

  it('stores nothing for who only asks', async () => {
    const app = await openPasskeyApp()
    for (let asked = 0; asked < 100; asked++) await signInOptions(app)
    for (const table of app.description.tables) {
      expect([table.name, await app.database.system.count(table)]).toEqual([table.name, 0])
    }
  })

  const deviations: [string, Deviation][] = [
    ['whose user was not verified', { verified: false }],
    ['that nobody touched', { present: false }],
    ['of another origin', { origin: 'https://evil.test' }],
    ['of the origin on another port', { origin: 'https://app.test:8443' }],
    ['of a subdomain', { origin: 'https://evil.app.test' }],
    ['of the origin without TLS', { origin: 'http://app.test' }],
    ['for another domain', { rpId: 'evil.test' }],
    ['that makes a passkey', { type: 'webauthn.create' }],
    ['to a challenge of its own', { challenge: toBase64Url(new Uint8Array(64)) }],
    ['to no challenge', { challenge: '' }],
    ['that names no user', { userHandle: null }],
    ['that names another user', { userHandle: toBase64Url(utf8(crypto.randomUUID())) }],
    ['that names a user by other means', { userHandle: toBase64Url(utf8(ADA.email)) }],
    ['that can no longer be copied', { backupEligible: false, backedUp: false }],
    ['that is copied and cannot be', { backupEligible: false }],
  ]
  it.each(deviations)('[ASVS 6.6.2] refuses an answer %s', async (_, deviation) => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    const userHandle = toBase64Url(utf8(crypto.randomUUID()))
    const unknown = await signInWith(app, await createAuthenticator(), { userHandle })
    const refused = await signInWith(app, authenticator, deviation)
    expect([refused.status, refused.json.code]).toEqual([401, 'wrong_passkey'])
    expect(visible(refused)).toEqual(visible(unknown))
    expect((await signInWith(app, authenticator)).status).toBe(200)
  })

  it('refuses a signature by another key', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    const { credentialId } = authenticator
    const forger = await createAuthenticator({ credentialId })
    const options = await creationOptions(app, (await enter(app, BOB)).headers)
    await forger.create(options)
    const genuine = await authenticator.get(await signInOptions(app))
    const { userHandle } = genuine.response
    const refused = await signInWith(app, forger, { userHandle: userHandle ?? '', counter: 9 })
    expect(refused.json.code).toBe('wrong_passkey')
  })

  it('refuses an answer whose signed data was changed', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    const credential = await authenticator.get(await signInOptions(app), { verified: false })
    const other = await authenticator.get(await signInOptions(app))
    const { authenticatorData } = other.response
    const response = { ...credential.response, authenticatorData }
    const json = { credential: { ...credential, response } }
    expect((await post(app, '/auth/sign-in/passkey', { json })).status).toBe(401)
  })

  it('[ASVS 6.5.1] takes an answer once', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app, { counts: false })
    const json = { credential: await authenticator.get(await signInOptions(app)) }
    expect((await post(app, '/auth/sign-in/passkey', { json })).status).toBe(200)
    const again = await post(app, '/auth/sign-in/passkey', { json })
    expect([again.status, again.json.code]).toEqual([401, 'wrong_passkey'])
  })

  it('takes no second answer to a challenge that was answered wrongly', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app, { counts: false })
    const options = await signInOptions(app)
    const wrong = { credential: await authenticator.get(options, { verified: false }) }
    expect((await post(app, '/auth/sign-in/passkey', { json: wrong })).status).toBe(401)
    const right = { credential: await authenticator.get(options) }
    expect((await post(app, '/auth/sign-in/passkey', { json: right })).status).toBe(401)
  })

  it('[ASVS 6.5.5] takes no answer after five minutes', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    for (const [wait, status] of [
      [299_999, 200],
      [300_000, 401],
    ] as const) {
      const credential = await authenticator.get(await signInOptions(app))
      app.clock.advance(wait)
      const answer = await post(app, '/auth/sign-in/passkey', { json: { credential } })
      expect(answer.status).toBe(status)
    }
  })

  it('takes no challenge of another ceremony', async () => {
    const app = await openPasskeyApp()
    const { authenticator, headers } = await member(app, { counts: false })
    const half = await post(app, '/auth/sign-in', { json: { ...ADA, transport: 'bearer' } })
    const path = '/auth/second-factor/passkey/options'
    const second = await post(app, path, { json: { pending: half.json.pending } })
    app.clock.advance(1)
    const stepped = await signInWith(app, authenticator)
    const making = await creationOptions(app, bearer(stepped))
    for (const challenge of [second.json.challenge, making.challenge]) {
      const answer = await signInWith(app, authenticator, { challenge })
      expect(answer.json.code).toBe('wrong_passkey')
    }
    const { challenge } = await signInOptions(app)
    const credential = await authenticator.get({ challenge, rpId: 'app.test' })
    const json = { credential, pending: half.json.pending }
    const shown = await post(app, '/auth/second-factor/passkey', { json, headers })
    expect(shown.json.code).toBe('wrong_passkey')
  })

  it('takes no challenge signed by another keyring', async () => {
    const app = await openPasskeyApp()
    const other = await openPasskeyApp()
    const { authenticator } = await member(app)
    const { challenge } = await signInOptions(other)
    const answer = await signInWith(app, authenticator, { challenge })
    expect(answer.json.code).toBe('wrong_passkey')
  })

  it('lets nobody in who is banned, and tells so', async () => {
    const app = await openPasskeyApp()
    const { authenticator, user } = await member(app)
    await app.database.system.update(users, user.id, { bannedUntil: new Date('2030-01-01') })
    const answer = await signInWith(app, authenticator)
    expect([answer.status, answer.json.code]).toEqual([403, 'banned'])
  })

  it('[ASVS 7.2.4] ends the session that the request came with', async () => {
    const app = await openPasskeyApp()
    const { authenticator, headers } = await member(app)
    const credential = await authenticator.get(await signInOptions(app))
    const answer = await post(app, '/auth/sign-in/passkey', { json: { credential }, headers })
    expect(answer.status).toBe(200)
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
  })

  it('notes when a passkey was used, and whether it is kept elsewhere', async () => {
    const app = await openPasskeyApp()
    const { authenticator, headers } = await member(app)
    app.clock.advance(60_000)
    await signInWith(app, authenticator, { backedUp: false })
    const { json } = await app.send('/auth/passkeys', { headers })
    expect(json.items).toMatchObject([{ backedUp: false, lastUsedAt: '2026-01-01T00:01:00.000Z' }])
  })
})

describe('the counter of an authenticator', () => {
  it.each([0, 4, 5])('refuses %i after 5, and reports a copy', async (counter) => {
    const app = await openPasskeyApp()
    const { authenticator, user } = await member(app)
    expect((await signInWith(app, authenticator, { counter: 5 })).status).toBe(200)
    const refused = await signInWith(app, authenticator, { counter })
    expect([refused.status, refused.json.code]).toEqual([401, 'wrong_passkey'])
    expect(app.recorder.logs.at(-1)).toMatchObject({
      level: 'warn',
      event: 'auth.sign_in_failed',
      attributes: {
        'plinth.user.id': user.id,
        'plinth.auth.reason': 'passkey copied: its counter went back',
      },
    })
    expect((await signInWith(app, authenticator, { counter: 6 })).status).toBe(200)
  })

  it('goes up to the highest there is', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    for (const counter of [2 ** 31, 2 ** 32 - 1]) {
      expect((await signInWith(app, authenticator, { counter })).status).toBe(200)
    }
  })

  it('may always be 0', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app, { counts: false })
    for (let time = 0; time < 3; time++) {
      expect((await signInWith(app, authenticator)).status).toBe(200)
    }
  })

  it('raises no alarm for what was not signed', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    await signInWith(app, authenticator, { counter: 5 })
    const credential = await authenticator.get(await signInOptions(app), { counter: 3 })
    const response = { ...credential.response, signature: toBase64Url(new Uint8Array(70)) }
    const json = { credential: { ...credential, response } }
    expect((await post(app, '/auth/sign-in/passkey', { json })).status).toBe(401)
    expect(app.recorder.logs.at(-1)?.attributes?.['plinth.auth.reason']).toBe('passkey')
  })
})
