import { auth, password, sessions } from 'plinth/auth'
import { passkeys } from 'plinth/auth/passkeys'
import { createKeyring, generateKey } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { ADA, type Answer, BOB, enter, openApp, signIn } from '../app.ts'
import { createAuthenticator, type Deviation } from './authenticator.ts'
import {
  creationOptions,
  member,
  openPasskeyApp,
  post,
  register,
  secondFactorOptions,
  showPasskey,
  showPassword,
  signInWith,
} from './fixture.ts'

const MINUTE = 60_000
const codeOf = ({ status, json }: Answer): [number, string | undefined] => [status, json?.code]
const REFUSED = [400, 'passkey_refused']

describe('adding a passkey', () => {
  it('[ASVS 6.3.7] tells the owner, and leaves out the keys that are there', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    await app.idle()
    expect(app.mails.at(-1)).toMatchObject({
      to: ADA.email,
      subject: 'Your account: passkey added',
    })
    const again = await signInWith(app, authenticator)
    const own = { authorization: `Bearer ${again.json.token}` }
    const options = await creationOptions(app, own)
    expect(options.excludeCredentials?.map(({ id }) => id)).toEqual([authenticator.credentialId])
    expect(options.rp.id).toBe('app.test')
  })

  it('takes a sign-in of the last quarter of an hour', async () => {
    const app = await openPasskeyApp()
    const { headers } = await enter(app)
    app.clock.advance(15 * MINUTE + 1)
    const answer = await post(app, '/auth/passkeys/options', { headers })
    expect(codeOf(answer)).toEqual([401, 'insufficient_authentication'])
  })

  it.each<[string, Deviation]>([
    ['on another origin', { origin: 'https://evil.test' }],
    ['for another domain', { rpId: 'evil.test' }],
    ['without its user', { present: false }],
    ['without verifying its user', { verified: false }],
    ['for a sign-in', { type: 'webauthn.get' }],
    ['for another challenge', { challenge: 'A'.repeat(43) }],
  ])('refuses one made %s', async (_, deviation) => {
    const app = await openPasskeyApp()
    const { headers } = await enter(app)
    const answer = await register(app, headers, await createAuthenticator(), deviation)
    expect(codeOf(answer)).toEqual(REFUSED)
  })

  it('takes one answer to a challenge, right or wrong, and in time', async () => {
    const app = await openPasskeyApp()
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator()
    const answer = async (credential: unknown) =>
      codeOf(await post(app, '/auth/passkeys', { json: { credential }, headers }))
    const options = await creationOptions(app, headers)
    const wrong = await authenticator.create(options, { origin: 'https://evil.test' })
    expect(await answer(wrong)).toEqual(REFUSED)
    expect(await answer(await authenticator.create(options))).toEqual(REFUSED)
    const late = await authenticator.create(await creationOptions(app, headers))
    app.clock.advance(5 * MINUTE)
    expect(await answer(late)).toEqual(REFUSED)
  })

  it.each(['ES256', 'EdDSA', 'RS256'] as const)('takes a key of %s that signs in', async (name) => {
    const app = await openPasskeyApp()
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator({ algorithm: name })
    expect((await register(app, headers, authenticator)).status).toBe(201)
    expect((await signInWith(app, authenticator)).status).toBe(200)
    expect((await showPasskey(app, authenticator)).status).toBe(200)
  })

  it('refuses a key of RSA that is too short', async () => {
    const app = await openPasskeyApp()
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator({ algorithm: 'weakRS256' })
    expect(codeOf(await register(app, headers, authenticator))).toEqual(REFUSED)
  })

  it('refuses a key that is another user’s already', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    const { headers } = await enter(app, BOB)
    expect((await register(app, headers, authenticator)).status).toBeGreaterThanOrEqual(400)
    const { items } = (await app.send('/auth/passkeys', { headers })).json
    expect(items).toEqual([])
  })
})

describe('removing a passkey', () => {
  it('[ASVS 6.5.6] ends the other sessions and its own use', async () => {
    const app = await openPasskeyApp()
    const { authenticator, passkey } = await member(app)
    const entered = await signInWith(app, authenticator)
    const headers = { authorization: `Bearer ${entered.json.token}` }
    const path = `/auth/passkeys/${passkey.id}`
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(204)
    expect(await app.database.system.count(sessions)).toBe(1)
    expect(codeOf(await signInWith(app, authenticator))).toEqual([401, 'wrong_passkey'])
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('reaches none of somebody else', async () => {
    const app = await openPasskeyApp()
    const { passkey } = await member(app)
    const { headers } = await enter(app, BOB)
    const path = `/auth/passkeys/${passkey.id}`
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(404)
  })
})

describe('a passkey after the password', () => {
  it('[ASVS 6.3.3] is asked for, and makes a session of two factors', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    expect((await signIn(app)).answer.status).toBe(202)
    const shown = await showPasskey(app, authenticator)
    expect(shown.status).toBe(200)
    const [session] = (await app.database.system.list(sessions, { orderBy: { createdAt: 'desc' } }))
      .items
    expect([session?.assurance, session?.methods]).toEqual([2, ['password', 'passkey']])
  })

  it('is the owner’s and not another’s, and is shown once', async () => {
    const app = await openPasskeyApp()
    const { authenticator } = await member(app)
    const bob = await member(app, { account: BOB })
    expect(codeOf(await showPasskey(app, bob.authenticator))).toEqual([401, 'wrong_passkey'])
    const pending = await showPassword(app)
    const credential = await authenticator.get(await secondFactorOptions(app, pending))
    const json = { credential, pending, transport: 'bearer' }
    expect((await post(app, '/auth/second-factor/passkey', { json })).status).toBe(200)
    expect((await post(app, '/auth/second-factor/passkey', { json })).status).toBe(401)
  })

  it('counts so without verification where that is preferred, and is no way in', async () => {
    const app = await openPasskeyApp({ userVerification: 'preferred' })
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator()
    const deviation = { verified: false }
    expect((await register(app, headers, authenticator, deviation)).status).toBe(201)
    expect((await showPasskey(app, authenticator, deviation)).status).toBe(200)
    expect((await signInWith(app, authenticator, deviation)).status).toBe(401)
    expect((await signInWith(app, authenticator, { verified: true })).status).toBe(401)
  })
})

describe('passkeys()', () => {
  const keys = createKeyring({ current: 'a', keys: { a: generateKey() } })
  const open = (options: object) =>
    openApp({ factors: [password(), passkeys(options as never)], origin: 'https://app.test', keys })

  it.each([
    ['a domain that is not the origin’s', { rpId: 'evil.test' }, /rpId/],
    ['a part of the domain that is none', { rpId: 'pp.test' }, /rpId/],
    ['no name', { name: '' }, /name/],
    ['another verification', { userVerification: 'discouraged' }, /userVerification/],
    ['an unknown option', { rpID: 'app.test' }, /rpID/],
  ])('refuses %s', async (_, options, message) => {
    await expect((async () => open(options))()).rejects.toThrow(message)
  })

  it('needs an origin and keys', () => {
    expect(() => auth({ factors: [passkeys()] })).toThrow(/"passkey" needs/)
  })
})
