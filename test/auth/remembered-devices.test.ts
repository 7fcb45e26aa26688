import { password, recoveryCodes, rememberedDevices, totp } from 'plinth/auth'
import { assurance, defineOperation, fresh } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, openBrowser } from './app.ts'
import { codeAt, enrol } from './totp/authenticator.ts'

const DAY = 24 * 60 * 60_000
const define = defineOperation()
const paying = (path: string, guard: ReturnType<typeof fresh>) =>
  define({
    method: 'POST',
    path,
    guard,
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  })
const operations = {
  strong: paying('/strong', assurance(2)),
  recent: paying('/recent', fresh({ within: 5 * 60_000 })),
}

const open = () =>
  openApp(
    {
      mailing: true,
      origin: 'https://app.test',
      factors: [password(), totp(), recoveryCodes()],
      features: [rememberedDevices()],
    },
    { operations },
  )

/** A browser on which the second factor was shown, and is to be remembered. */
async function trusted(app: AuthApp, secret: string, account = ADA) {
  const browser = openBrowser(app)
  await browser.send('/auth/sign-in', { json: account })
  const json = { code: codeAt(secret, app.clock.now()), remember: true }
  const answer = await browser.send('/auth/totp/verify', { json })
  app.clock.advance(30_000)
  return { browser, answer }
}

describe('a remembered device', () => {
  it('is not asked for the second factor for 30 days', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const { browser } = await trusted(app, secret)
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(200)
    app.clock.advance(30 * DAY - 60_000)
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(200)
    app.clock.advance(60_000)
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(202)
  })

  it('is one alone: others are asked', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    await trusted(app, secret)
    expect((await openBrowser(app).send('/auth/sign-in', { json: ADA })).status).toBe(202)
  })

  it('is remembered for the user alone who asked for it', async () => {
    const app = await open()
    const ada = await enrol(app)
    await enrol(app, BOB)
    const { browser } = await trusted(app, ada.secret)
    expect((await browser.send('/auth/sign-in', { json: BOB })).status).toBe(202)
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(200)
  })

  it('still takes the password', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const { browser } = await trusted(app, secret)
    const wrong = { ...ADA, password: 'not the right one' }
    expect((await browser.send('/auth/sign-in', { json: wrong })).status).toBe(401)
  })

  it('is known without trust unless it is asked for', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const browser = openBrowser(app)
    await browser.send('/auth/sign-in', { json: ADA })
    await browser.send('/auth/totp/verify', { json: { code: codeAt(secret, app.clock.now()) } })
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(202)
  })

  it.each([
    [
      'the password is changed',
      { json: { current: ADA.password, password: 'a wholly new sentence' } },
      '/auth/password',
      'a wholly new sentence',
    ],
    ['it is forgotten', { method: 'DELETE' }, '/auth/devices', ADA.password],
  ])('is asked again when %s', async (_, init, path, after) => {
    const app = await open()
    const { secret, headers } = await enrol(app)
    const { browser } = await trusted(app, secret)
    const done = await app.send(path, { ...init, headers })
    expect([200, 204]).toContain(done.status)
    const answer = await browser.send('/auth/sign-in', { json: { ...ADA, password: after } })
    expect(answer.status).toBe(202)
  })

  it('is asked again when the second factor is replaced', async () => {
    const app = await open()
    const { secret, headers } = await enrol(app)
    const { browser } = await trusted(app, secret)
    const begun = await app.send('/auth/totp', { method: 'POST', headers })
    const code = codeAt(begun.json.secret, app.clock.now())
    await app.send('/auth/totp/confirm', { json: { code }, headers })
    expect((await browser.send('/auth/sign-in', { json: ADA })).status).toBe(202)
  })
})

describe('the list of devices', () => {
  it('shows where and when each signed in last', async () => {
    const app = await openApp({ features: [rememberedDevices()] })
    await app.send('/auth/sign-up', { json: ADA })
    const first = openBrowser(app, { address: '198.51.100.4' })
    await first.send('/auth/sign-in', { json: ADA, headers: { 'user-agent': 'Mozilla/5.0' } })
    app.clock.advance(DAY)
    const second = openBrowser(app, { address: '2001:db8::7' })
    await second.send('/auth/sign-in', { json: ADA })
    await enter(app, BOB)
    const { json, text } = await second.send('/auth/devices')
    expect(json.items).toEqual([
      {
        id: expect.any(String),
        address: '2001:db8::7',
        userAgent: null,
        createdAt: '2026-01-02T00:00:00.000Z',
        lastSeenAt: '2026-01-02T00:00:00.000Z',
        trustedUntil: null,
        current: true,
      },
      {
        id: expect.any(String),
        address: '198.51.100.4',
        userAgent: 'Mozilla/5.0',
        createdAt: '2026-01-01T00:00:00.000Z',
        lastSeenAt: '2026-01-01T00:00:00.000Z',
        trustedUntil: null,
        current: false,
      },
    ])
    expect(text).not.toMatch(/hash|token/i)
  })

  it('shows until when each is remembered', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const { browser } = await trusted(app, secret)
    const until = async () => (await browser.send('/auth/devices')).json.items[0].trustedUntil
    expect(await until()).toBe('2026-01-31T00:00:30.000Z')
    app.clock.advance(6 * DAY)
    await browser.send('/auth/sign-in', { json: ADA })
    expect(await until()).toBe('2026-01-31T00:00:30.000Z')
  })

  it('forgets one of one’s own, and nobody else’s', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const bob = await enter(app, BOB)
    const [own] = (await app.send('/auth/devices', { headers })).json.items
    const path = `/auth/devices/${own.id}`
    const foreign = await app.send(path, { method: 'DELETE', headers: bob.headers })
    expect([foreign.status, foreign.json.code]).toEqual([404, 'not_found'])
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(204)
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(404)
    expect((await app.send('/auth/devices', { headers })).json.items).toEqual([])
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })
})

describe('stepping up', () => {
  it('[ASVS 6.3.3] [ASVS 7.5.3] opens what takes two factors, over HTTP', async () => {
    const app = await open()
    const { secret } = await enrol(app)
    const { browser } = await trusted(app, secret)
    await browser.send('/auth/sign-in', { json: ADA })
    const refused = await browser.send('/strong', { method: 'POST' })
    expect([refused.status, refused.json.code]).toEqual([401, 'insufficient_authentication'])
    const before = browser.cookies.get('__Host-session')
    const json = { code: codeAt(secret, app.clock.now()) }
    expect((await browser.send('/auth/totp/verify', { json })).status).toBe(200)
    expect(browser.cookies.get('__Host-session')).not.toBe(before)
    expect((await browser.send('/strong', { method: 'POST' })).status).toBe(204)
    const old = { cookie: `__Host-session=${before}` }
    expect((await app.send('/auth/session', { headers: old })).status).toBe(401)
  })

  it('[ASVS 7.5.3] renews the time of the sign-in', async () => {
    const app = await open()
    const { secret, headers } = await enrol(app)
    app.clock.advance(5 * 60_000)
    const refused = await app.send('/recent', { method: 'POST', headers })
    expect(refused.headers.get('www-authenticate')).toContain('max_age="300"')
    const json = { code: codeAt(secret, app.clock.now()), transport: 'bearer' }
    const stepped = await app.send('/auth/totp/verify', { json, headers })
    const own = { authorization: `Bearer ${stepped.json.token}` }
    expect((await app.send('/recent', { method: 'POST', headers: own })).status).toBe(204)
    expect((await app.send('/strong', { method: 'POST', headers: own })).status).toBe(204)
  })

  it('leaves the session as it was when the code is wrong', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const json = { code: '000000', transport: 'bearer' }
    expect((await app.send('/auth/totp/verify', { json, headers })).status).toBe(401)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })

  it('replaces a session once of many times at once', async () => {
    const app = await open()
    const { secret, headers } = await enrol(app)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => {
        const json = { code: codeAt(secret, app.clock.now()), transport: 'bearer' }
        return app.send('/auth/totp/verify', { json, headers })
      }),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
