import { auth, password, sessions, totp } from 'plinth/auth'
import { createKeyring, generateKey } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, signIn, visible } from '../app.ts'
import { browseHalf, codeAt, enrol, signInHalf } from './authenticator.ts'

const many = { attempts: 1000, window: 15 * 60_000 }
const MANY = { account: many, address: many }

const open = (options: Parameters<typeof openApp>[0] = {}) =>
  openApp({ mailing: true, origin: 'https://app.test', factors: [password(), totp()], ...options })

const current = (app: AuthApp, secret: string) => codeAt(secret, app.clock.now())
const status = async (app: AuthApp, headers: Record<string, string>) =>
  (await app.send('/auth/session', { headers })).status

function seedsOf(app: AuthApp) {
  const table = app.description.tables.find(({ name }) => name === 'plinth_totp')
  if (!table) throw new Error('there is no table of seeds')
  return table
}

describe('enrolling an authenticator app', () => {
  it('[ASVS 6.5.3] gives a random seed of 160 bits and its URI', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const { json } = await app.send('/auth/totp', { method: 'POST', headers })
    expect(json.secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(json.uri).toBe(
      `otpauth://totp/app.test:ada%40example.com?secret=${json.secret}&issuer=app.test&algorithm=SHA1&digits=6&period=30`,
    )
    const again = await app.send('/auth/totp', { method: 'POST', headers })
    expect(again.json.secret).not.toBe(json.secret)
  })

  it('counts from the first code that is confirmed on', async () => {
    const app = await open()
    const { headers } = await enter(app)
    await app.send('/auth/totp', { method: 'POST', headers })
    expect((await signIn(app)).answer.status).toBe(200)
    const wrong = await app.send('/auth/totp/confirm', { json: { code: '000000' }, headers })
    expect([wrong.status, wrong.json.code]).toEqual([401, 'wrong_code'])
    expect((await signIn(app)).answer.status).toBe(200)
    await enrol(app)
    expect((await signIn(app)).answer.status).toBe(202)
  })

  it('[ASVS 7.2.4] [ASVS 7.4.3] rotates the session to two factors and ends the others', async () => {
    const app = await open()
    const other = await enter(app)
    const { headers, before } = await enrol(app)
    expect(await status(app, before)).toBe(401)
    expect(await status(app, other.headers)).toBe(401)
    expect(await status(app, headers)).toBe(200)
    const [session] = (await app.database.system.list(sessions)).items
    expect([session?.assurance, session?.methods]).toEqual([2, ['password', 'totp']])
  })

  it('[ASVS 6.3.7] tells the owner by mail, and the log', async () => {
    const app = await open()
    await enrol(app)
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: authenticator app added')
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.factor_added')
  })

  it('[ASVS 7.5.1] takes a recent sign-in', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const { json } = await app.send('/auth/totp', { method: 'POST', headers })
    app.clock.advance(15 * 60_000 + 1)
    const late = await app.send('/auth/totp', { method: 'POST', headers })
    expect([late.status, late.json.code]).toEqual([401, 'insufficient_authentication'])
    expect(late.headers.get('www-authenticate')).toContain('max_age="900"')
    const code = current(app, json.secret)
    const confirmed = await app.send('/auth/totp/confirm', { json: { code }, headers })
    expect([confirmed.status, confirmed.json.code]).toEqual([401, 'insufficient_authentication'])
    const again = await signIn(app)
    const done = await app.send('/auth/totp/confirm', { json: { code }, headers: again.headers })
    expect(done.status).toBe(200)
  })

  it('[ASVS 6.4.1] forgets a seed that is not confirmed within an hour', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const { json } = await app.send('/auth/totp', { method: 'POST', headers })
    app.clock.advance(60 * 60_000 + 1)
    const again = await signIn(app)
    const code = current(app, json.secret)
    const answer = await app.send('/auth/totp/confirm', { json: { code }, headers: again.headers })
    expect([answer.status, answer.json.code]).toEqual([401, 'wrong_code'])
  })

  it('keeps the app in use until another is confirmed', async () => {
    const app = await open()
    const first = await enrol(app)
    const { json } = await app.send('/auth/totp', { method: 'POST', headers: first.headers })
    const half = await signInHalf(app)
    const wrong = { code: current(app, json.secret), pending: half, transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json: wrong })).status).toBe(401)
    const right = { ...wrong, code: current(app, first.secret) }
    expect((await app.send('/auth/totp/verify', { json: right })).status).toBe(200)
    const code = current(app, json.secret)
    const done = await app.send('/auth/totp/confirm', { json: { code }, headers: first.headers })
    expect(done.status).toBe(200)
    app.clock.advance(30_000)
    const pending = await signInHalf(app)
    const old = { code: current(app, first.secret), pending, transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json: old })).status).toBe(401)
    const fresh = { ...old, code: current(app, json.secret) }
    expect((await app.send('/auth/totp/verify', { json: fresh })).status).toBe(200)
  })

  it('fails in a session that was ended meanwhile', async () => {
    const app = await open()
    const thief = await enter(app)
    const owner = await signIn(app)
    const path = `/auth/sessions/${thief.session.id}`
    const [enrolled, revoked] = await Promise.all([
      app.send('/auth/totp', { method: 'POST', headers: thief.headers }),
      app.send(path, { method: 'DELETE', headers: owner.headers }),
    ])
    expect(revoked.status).toBe(204)
    expect([200, 401]).toContain(enrolled.status)
    const after = await app.send('/auth/totp', { method: 'POST', headers: thief.headers })
    expect(after.status).toBe(401)
  })
})

describe('signing in with an authenticator app', () => {
  it('[ASVS 6.3.3] [ASVS 6.3.4] opens no session before the second factor', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const browser = await browseHalf(app)
    expect([...browser.cookies.keys()]).toEqual(['__Host-pending'])
    expect((await browser.send('/auth/session')).status).toBe(401)
    const answer = await browser.send('/auth/totp/verify', { json: { code: current(app, secret) } })
    expect([answer.status, answer.json.user.email]).toEqual([200, ADA.email])
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-device', '__Host-session'])
    expect((await browser.send('/auth/session')).status).toBe(200)
  })

  it('names the second factors that there are', async () => {
    const app = await open()
    await enrol(app)
    const { answer } = await signIn(app)
    expect(answer.json).toEqual({
      status: 'second_factor_needed',
      factors: ['totp'],
      expiresAt: expect.any(String),
      pending: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  it('takes no half-finished sign-in for a session, nor a session’s token for one', async () => {
    const app = await open()
    const { secret, headers } = await enrol(app)
    const pending = await signInHalf(app)
    for (const token of [pending, `plinth_s_${pending}`]) {
      expect(await status(app, { authorization: `Bearer ${token}` })).toBe(401)
      expect(await status(app, { cookie: `__Host-session=${token}` })).toBe(401)
    }
    const foreign = headers.authorization.slice('Bearer plinth_s_'.length)
    const json = { code: current(app, secret), pending: foreign, transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(401)
  })

  it('[ASVS 6.5.5] [ASVS 6.5.8] takes codes of one step either side, by its own clock', async () => {
    const app = await open({ limits: MANY })
    const { secret } = await enrol(app)
    app.clock.advance(600_000)
    const now = app.clock.now()
    const verify = async (offset: number) => {
      const pending = await signInHalf(app)
      const json = { code: codeAt(secret, now + offset), pending, transport: 'bearer' }
      return (await app.send('/auth/totp/verify', { json })).status
    }
    for (const offset of [-90_000, -60_000, 60_000, 90_000]) expect(await verify(offset)).toBe(401)
    for (const offset of [-30_000, 0, 30_000]) expect(await verify(offset)).toBe(200)
  })

  it('[family 13] [ASVS 6.5.1] refuses a code of the same or an earlier step', async () => {
    const app = await open({ limits: MANY })
    const { secret } = await enrol(app)
    app.clock.advance(600_000)
    const verify = async (code: string) => {
      const json = { code, pending: await signInHalf(app), transport: 'bearer' }
      return app.send('/auth/totp/verify', { json })
    }
    const now = app.clock.now()
    expect((await verify(codeAt(secret, now))).status).toBe(200)
    const replayed = await verify(codeAt(secret, now))
    expect([replayed.status, replayed.json.code]).toEqual([401, 'wrong_code'])
    expect((await verify(codeAt(secret, now - 30_000))).status).toBe(401)
    expect((await verify(codeAt(secret, now + 30_000))).status).toBe(200)
    app.clock.advance(30_000)
    expect((await verify(codeAt(secret, now + 30_000))).status).toBe(401)
    const wrong = await verify('000000')
    expect(visible(wrong)).toEqual(visible(replayed))
  })

  it('refuses the code that confirmed the app', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    app.clock.advance(-30_000)
    const json = { code: current(app, secret), pending: await signInHalf(app) }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(401)
  })

  it('[family 13] [ASVS 15.4.2] lets one of fifty uses of a code at once win', async () => {
    const app = await open({ limits: MANY })
    const { secret } = await enrol(app)
    const halves = await Promise.all(Array.from({ length: 50 }, () => signInHalf(app)))
    const code = current(app, secret)
    const answers = await Promise.all(
      halves.map((pending) =>
        app.send('/auth/totp/verify', { json: { code, pending, transport: 'bearer' } }),
      ),
    )
    const count = (each: number) => answers.filter((answer) => answer.status === each).length
    expect([count(200), count(401)]).toEqual([1, 49])
  })

  it('[ASVS 6.5.1] lets one of many uses of a half-finished sign-in win', async () => {
    const app = await open({ limits: MANY })
    const { secret } = await enrol(app)
    const pending = await signInHalf(app)
    const answers = await Promise.all(
      [-30_000, 0, 30_000].flatMap((offset) =>
        Array.from({ length: 5 }, () => {
          const code = codeAt(secret, app.clock.now() + offset)
          return app.send('/auth/totp/verify', { json: { code, pending, transport: 'bearer' } })
        }),
      ),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  it('[ASVS 6.6.2] takes a code for the account alone that is half-way in', async () => {
    const app = await open()
    const ada = await enrol(app)
    const bob = await enrol(app, BOB)
    const pending = await signInHalf(app, BOB)
    const json = { code: current(app, ada.secret), pending, transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(401)
    const right = { ...json, code: current(app, bob.secret) }
    expect((await app.send('/auth/totp/verify', { json: right })).json.user.email).toBe(BOB.email)
  })

  it('[ASVS 6.6.3] holds guesses back, however many sign-ins they are spread over', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    app.clock.advance(600_000)
    const statuses: number[] = []
    for (let count = 0; count < 12; count++) {
      const json = { code: '000000', pending: await signInHalf(app), transport: 'bearer' }
      statuses.push((await app.send('/auth/totp/verify', { json })).status)
    }
    expect(statuses.slice(-2)).toEqual([429, 429])
    const json = { code: current(app, secret), pending: await signInHalf(app) }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(429)
  })

  it('ends a half-finished sign-in after ten minutes', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const pending = await signInHalf(app)
    app.clock.advance(10 * 60_000)
    const json = { code: current(app, secret), pending, transport: 'bearer' }
    const answer = await app.send('/auth/totp/verify', { json })
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
  })

  it('lets nobody in who was banned half-way', async () => {
    const app = await open()
    const { secret, user } = await enrol(app)
    const pending = await signInHalf(app)
    const { users } = await import('plinth/auth')
    await app.database.system.update(users, user, { bannedUntil: new Date('2100-01-01') })
    const json = { code: current(app, secret), pending, transport: 'bearer' }
    const answer = await app.send('/auth/totp/verify', { json })
    expect([answer.status, answer.json.code]).toEqual([403, 'banned'])
  })

  it('reads codes as apps show them, with a space', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const code = current(app, secret).replace(/^.../, '$& ')
    const json = { code, pending: await signInHalf(app), transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(200)
  })

  it.each([
    ['no code', ''],
    ['five digits', '12345'],
    ['letters', 'abcdef'],
    ['other digits', '１２３４５６'],
    ['a number', 123456],
    ['an exponent', '1e5000'],
    ['an object', {}],
    ['much', '1'.repeat(5000)],
  ])('refuses %s as a code', async (_, code) => {
    const app = await open()
    await enrol(app)
    const json = { code, pending: await signInHalf(app), transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(422)
  })
})

describe('codes of RFC 6238', () => {
  const RFC_SEED = '12345678901234567890'
  it.each([
    ['1970-01-01T00:00:59Z', '287082'],
    ['2005-03-18T01:58:29Z', '081804'],
    ['2005-03-18T01:58:31Z', '050471'],
    ['2009-02-13T23:31:30Z', '005924'],
    ['2033-05-18T03:33:20Z', '279037'],
    ['2603-10-11T11:33:20Z', '353130'],
  ])('are taken at %s', async (time, code) => {
    const keys = createKeyring({ current: 'k', keys: { k: generateKey() } })
    const app = await open({ keys })
    const { user } = await enrol(app)
    app.clock.set(time)
    const sealed = await keys.seal(new TextEncoder().encode(`${user}.${RFC_SEED}`), 'auth.totp')
    await app.database.system.updateMany(seedsOf(app), {}, { seed: sealed, lastStep: -1 })
    const json = { code, pending: await signInHalf(app), transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(200)
  })
})

describe('the stored seed', () => {
  it('is sealed, and opens nothing in another user’s row', async () => {
    const app = await open()
    const ada = await enrol(app)
    const bob = await enrol(app, BOB)
    const table = seedsOf(app)
    const { items } = await app.database.system.list(table)
    expect(JSON.stringify(items)).not.toContain(ada.secret)
    const own = items.find(({ user }) => user === ada.user)
    await app.database.system.updateMany(table, { user: bob.user }, { seed: own?.seed })
    const pending = await signInHalf(app, BOB)
    const json = { code: current(app, ada.secret), pending, transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json })).status).toBe(401)
  })

  it('is sealed anew when its key is a former one', async () => {
    const [old, young] = [generateKey(), generateKey()]
    const before = createKeyring({ current: 'old', keys: { old } })
    const after = createKeyring({ current: 'new', keys: { old, new: young } })
    // The ring of a server that is restarted with another current key.
    let ring = before
    const keys = {
      seal: (...given: Parameters<typeof before.seal>) => ring.seal(...given),
      open: (...given: Parameters<typeof before.open>) => ring.open(...given),
      sign: (...given: Parameters<typeof before.sign>) => ring.sign(...given),
      verify: (...given: Parameters<typeof before.verify>) => ring.verify(...given),
      isFormer: (text: string) => ring.isFormer(text),
    }
    const app = await open({ keys })
    const { secret } = await enrol(app)
    ring = after
    const sealed = async () => (await app.database.system.first(seedsOf(app)))?.seed
    expect(await sealed()).toMatch(/^old\./)
    const verify = async () => {
      const json = { code: current(app, secret), pending: await signInHalf(app) }
      return (await app.send('/auth/totp/verify', { json })).status
    }
    expect(await verify()).toBe(200)
    expect(await sealed()).toMatch(/^new\./)
    app.clock.advance(30_000)
    expect(await verify()).toBe(200)
  })
})

describe('removing an authenticator app', () => {
  it('[ASVS 6.5.6] [ASVS 7.4.3] ends it and the other sessions', async () => {
    const app = await open()
    const { headers, secret } = await enrol(app)
    const json = { code: current(app, secret), pending: await signInHalf(app), transport: 'bearer' }
    const other = await app.send('/auth/totp/verify', { json })
    const removed = await app.send('/auth/totp', { method: 'DELETE', headers })
    expect(removed.status).toBe(204)
    expect(await status(app, { authorization: `Bearer ${other.json.token}` })).toBe(401)
    expect(await status(app, headers)).toBe(200)
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: authenticator app removed')
    expect((await signIn(app)).answer.status).toBe(200)
    const again = await app.send('/auth/totp', { method: 'DELETE', headers })
    expect([again.status, again.json.code]).toEqual([404, 'not_found'])
  })

  it('takes the second factor in the session', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const browser = await browseHalf(app)
    const json = { code: current(app, secret), remember: true }
    expect((await browser.send('/auth/totp/verify', { json })).status).toBe(200)
    const trusted = await browser.send('/auth/sign-in', { json: ADA })
    expect(trusted.status).toBe(200)
    for (const [path, init] of [
      ['/auth/totp', { method: 'DELETE' }],
      ['/auth/totp', { method: 'POST' }],
      ['/auth/totp/confirm', { json: { code: '000000' } }],
    ] as const) {
      const refused = await browser.send(path, init)
      expect([refused.status, refused.json.code]).toEqual([401, 'insufficient_authentication'])
      expect(refused.headers.get('www-authenticate')).toContain('acr_values="aal2"')
    }
    app.clock.advance(30_000)
    const stepped = await browser.send('/auth/totp/verify', {
      json: { code: current(app, secret) },
    })
    expect(stepped.status).toBe(200)
    expect((await browser.send('/auth/totp', { method: 'DELETE' })).status).toBe(204)
  })
})

describe('totp()', () => {
  const keys = createKeyring({ current: 'k', keys: { k: generateKey() } })
  it('does not start without keys', () => {
    expect(() => auth({ factors: [password(), totp()] })).toThrow(
      /auth\(\{ keys \}\): is missing; "totp" needs createKeyring/,
    )
  })

  it.each([
    ['unknown options', { digits: 8 }, /option "digits" is unknown/],
    ['an issuer with a colon', { issuer: 'Acme: shop' }, /issuer: is "Acme: shop"/],
    ['an issuer of nothing', { issuer: '' }, /issuer: is ""/],
  ])('refuses %s', (_, options, message) => {
    expect(() => auth({ factors: [password(), totp(options as object)], keys })).toThrow(message)
  })
})

it('answers 401 to everything about it without a session', async () => {
  const app = await open()
  for (const [path, init] of [
    ['/auth/totp', { method: 'POST' }],
    ['/auth/totp', { method: 'DELETE' }],
    ['/auth/totp/confirm', { json: { code: '000000' } }],
    ['/auth/totp/verify', { json: { code: '000000' } }],
  ] as const) {
    const answer = await app.send(path, init)
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
  }
})
