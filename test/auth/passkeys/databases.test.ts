import { password, sessions } from 'plinth/auth'
import { passkeys } from 'plinth/auth/passkeys'
import { describe, expect, it } from 'vitest'
import { ADA, type Answer, type AuthApp, BOB, enter, MAILING, openApp } from '../app.ts'
import { databases } from '../on-databases.ts'
import { createAuthenticator } from './authenticator.ts'
import {
  bearer,
  creationOptions,
  fill,
  member,
  passkeysOf,
  post,
  secondFactorOptions,
  showPassword,
  signInOptions,
  signInWith,
  UNLIMITED,
} from './fixture.ts'

const TIMES = 12

const times = <Made>(make: (at: number) => Promise<Made>): Promise<Made[]> =>
  Promise.all(Array.from({ length: TIMES }, (_, at) => make(at)))
const codesOf = (answers: readonly Answer[]): unknown[] =>
  answers.filter(({ status }) => status >= 300).map(({ status, json }) => [status, json.code])
const rest = (code: [number, string]): unknown[] => Array.from({ length: TIMES - 1 }, () => code)

describe.each(databases)('passkeys on $name', ({ source }) => {
  const opened = async (): Promise<AuthApp> =>
    openApp(
      { ...MAILING, ...UNLIMITED, factors: [password(), passkeys()] },
      { source: await source() },
    )

  it('keep their bytes, and let in', async () => {
    const app = await opened()
    const credentialId = 'x'.repeat(1364)
    const { authenticator, headers } = await member(app, { credentialId })
    expect(await passkeysOf(app, headers)).toMatchObject([{ credentialId }])
    expect((await signInWith(app, authenticator)).status).toBe(200)
    expect((await signInWith(app, authenticator, { counter: 2 ** 32 - 1 })).status).toBe(200)
  })

  it('[family 13] sign in once by one answer that comes many times at once', async () => {
    const app = await opened()
    const { authenticator } = await member(app, { counts: false })
    const credential = await authenticator.get(await signInOptions(app))
    const before = await app.database.system.count(sessions)
    const answers = await times(() => post(app, '/auth/sign-in/passkey', { json: { credential } }))
    expect(codesOf(answers)).toEqual(rest([401, 'wrong_passkey']))
    expect(await app.database.system.count(sessions)).toBe(before + 1)
  })

  it('[family 13] are a second factor once by one answer that comes many times', async () => {
    const app = await opened()
    const { authenticator } = await member(app, { counts: false })
    const pending = await showPassword(app)
    const credential = await authenticator.get(await secondFactorOptions(app, pending))
    const json = { credential, pending, transport: 'bearer' }
    const before = await app.database.system.count(sessions)
    const answers = await times(() => post(app, '/auth/second-factor/passkey', { json }))
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
    for (const [status] of codesOf(answers) as [number][]) expect(status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(before + 1)
  })

  it('count once what an authenticator and its copy have counted alike', async () => {
    const app = await opened()
    const { authenticator } = await member(app)
    const signed = await times(async () =>
      authenticator.get(await signInOptions(app), { counter: 9 }),
    )
    const answers = await times((at) =>
      post(app, '/auth/sign-in/passkey', { json: { credential: signed[at] } }),
    )
    expect(codesOf(answers)).toEqual(rest([401, 'wrong_passkey']))
  })

  it('are added once when one comes many times at once', async () => {
    const app = await opened()
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator()
    const credential = await authenticator.create(await creationOptions(app, headers))
    const answers = await times(() =>
      post(app, '/auth/passkeys', { json: { credential }, headers }),
    )
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(await passkeysOf(app, headers)).toHaveLength(1)
  })

  it('are added once when many answer one challenge', async () => {
    const app = await opened()
    const { headers } = await enter(app)
    const options = await creationOptions(app, headers)
    const made = await times(async () => (await createAuthenticator()).create(options))
    const answers = await times((at) =>
      post(app, '/auth/passkeys', { json: { credential: made[at] }, headers }),
    )
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(await passkeysOf(app, headers)).toHaveLength(1)
  })

  it('are one user’s when two add the same at once', async () => {
    const app = await opened()
    const credentialId = crypto.randomUUID()
    const made = await Promise.all(
      [ADA, BOB].map(async (account) => {
        const { headers } = await enter(app, account)
        const authenticator = await createAuthenticator({ credentialId })
        const credential = await authenticator.create(await creationOptions(app, headers))
        return { headers, json: { credential } }
      }),
    )
    const answers = await Promise.all(made.map((init) => post(app, '/auth/passkeys', init)))
    expect(codesOf(answers)).toEqual([[400, 'passkey_refused']])
    const kept = await Promise.all(made.map(({ headers }) => passkeysOf(app, headers)))
    expect(kept.flat()).toHaveLength(1)
  })

  it('are no more than fifty when many are added at once', async () => {
    const app = await opened()
    const { authenticator, user } = await member(app, { counts: false })
    await fill(app, user.id, 46)
    const made = await times(async () => {
      const headers = bearer(await signInWith(app, authenticator))
      const key = await createAuthenticator()
      return {
        headers,
        json: { credential: await key.create(await creationOptions(app, headers)) },
      }
    })
    const answers = await Promise.all(made.map((init) => post(app, '/auth/passkeys', init)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(new Set(codesOf(answers).map(String))).toEqual(new Set(['409,too_many_passkeys']))
    expect(await passkeysOf(app, made[0]?.headers ?? {})).toHaveLength(50)
  })

  it('leave no session of one that is removed while it signs in', async () => {
    const app = await opened()
    const { authenticator, passkey } = await member(app, { counts: false })
    const headers = bearer(await signInWith(app, authenticator))
    const signed = await times(async () => authenticator.get(await signInOptions(app)))
    const [removed, ...answers] = await Promise.all([
      app.send(`/auth/passkeys/${passkey.id}`, { method: 'DELETE', headers }),
      ...signed.map((credential) => post(app, '/auth/sign-in/passkey', { json: { credential } })),
    ])
    expect(removed?.status).toBe(204)
    for (const { status } of answers) expect([200, 401]).toContain(status)
    expect(await app.database.system.count(sessions)).toBe(1)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })

  it('are asked for by no session that opens beside the first one', async () => {
    const app = await opened()
    const { headers } = await enter(app)
    const authenticator = await createAuthenticator()
    const json = { credential: await authenticator.create(await creationOptions(app, headers)) }
    const [added, ...answers] = await Promise.all([
      post(app, '/auth/passkeys', { json, headers }),
      ...Array.from({ length: TIMES }, () =>
        post(app, '/auth/sign-in', { json: { ...ADA, transport: 'bearer' } }),
      ),
    ])
    expect(added?.status).toBe(201)
    for (const { status } of answers) expect([200, 202]).toContain(status)
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('are added in no session that is ended at the same time', async () => {
    const app = await opened()
    const { authenticator, user } = await member(app, { counts: false })
    const made = await times(async () => {
      const headers = bearer(await signInWith(app, authenticator))
      const key = await createAuthenticator()
      return {
        headers,
        json: { credential: await key.create(await creationOptions(app, headers)) },
      }
    })
    const [ended, ...answers] = await Promise.all([
      app.database.system.deleteMany(sessions, { user: user.id }),
      ...made.map((init) => post(app, '/auth/passkeys', init)),
    ])
    expect(ended).toBeGreaterThan(TIMES)
    for (const { status } of answers) expect([201, 401]).toContain(status)
    const headers = made[0]?.headers ?? {}
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    const late = bearer(await signInWith(app, authenticator))
    const added = answers.filter(({ status }) => status === 201).length
    expect(await passkeysOf(app, late)).toHaveLength(added + 1)
  })
})
