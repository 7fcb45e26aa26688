import { sessions, users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import {
  ADA,
  type AuthApp,
  BOB,
  enter,
  linkedToken,
  MAILING,
  ORIGIN,
  openApp,
  openBrowser,
  signIn,
  visible,
} from './app.ts'

const MINUTE = 60_000
const CONFIRM = '/auth/reset/confirm'
const NEW = 'a wholly new sentence'
const many = { account: { attempts: 1000, window: MINUTE } }

async function resetToken(app: AuthApp, email = ADA.email): Promise<string> {
  await app.send('/auth/reset', { json: { email } })
  return linkedToken(app, email)
}

describe('a reset of the password', () => {
  it('sets the new password and signs in', async () => {
    const app = await openApp(MAILING)
    await enter(app)
    const browser = openBrowser(app)
    const token = await resetToken(app)
    expect(app.mails.at(-1)?.text).toContain(`${ORIGIN}/reset/confirm?token=`)
    const done = await browser.send(CONFIRM, { json: { token, password: NEW } })
    expect([done.status, done.json.user.email]).toEqual([200, ADA.email])
    expect((await browser.send('/auth/session')).status).toBe(200)
    expect((await signIn(app)).answer.status).toBe(401)
    expect((await signIn(app, { ...ADA, password: NEW })).answer.status).toBe(200)
    await app.idle()
    expect(app.mails.map(({ subject }) => subject)).toContain('Your account: password reset')
  })

  it('[family 15] ends all sessions and all other links', async () => {
    const app = await openApp(MAILING)
    const { headers } = await enter(app)
    const other = await resetToken(app)
    const token = await resetToken(app)
    await app.send(CONFIRM, { json: { token, password: NEW } })
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(1)
    const late = await app.send(CONFIRM, { json: { token: other, password: 'a thief of mails' } })
    expect([late.status, late.json.code]).toEqual([400, 'invalid_token'])
  })

  it('[ASVS 6.3.8] answers alike for known and unknown addresses', async () => {
    const app = await openApp(MAILING)
    await app.database.system.create(users, { email: ADA.email })
    const steps = async (email: string) => {
      const before = app.recorder.spans.length
      const answer = visible(await app.send('/auth/reset', { json: { email } }))
      return { answer, names: app.recorder.spans.slice(before).map(({ name }) => name) }
    }
    await steps('first@example.com')
    const known = await steps(ADA.email)
    expect(known.answer).toMatchObject({ status: 202, text: '{"status":"accepted"}' })
    expect(await steps(BOB.email)).toEqual(known)
    await app.idle()
    expect(app.mails.map(({ to }) => to)).toEqual([ADA.email])
  })

  it('keeps the link for a password that is good', async () => {
    const app = await openApp(MAILING)
    await enter(app)
    const token = await resetToken(app)
    const weak = await app.send(CONFIRM, { json: { token, password: 'password1' } })
    expect([weak.status, weak.json.code]).toEqual([422, 'invalid_input'])
    const own = await app.send(CONFIRM, { json: { token, password: 'ada@example.com' } })
    expect(own.status).toBe(422)
    expect((await app.send(CONFIRM, { json: { token, password: NEW } })).status).toBe(200)
  })

  it('[ASVS 6.4.1] is over after half an hour', async () => {
    const app = await openApp(MAILING)
    await enter(app)
    const token = await resetToken(app)
    app.clock.advance(30 * MINUTE)
    expect((await app.send(CONFIRM, { json: { token, password: NEW } })).status).toBe(400)
    app.clock.advance(-1)
    expect((await app.send(CONFIRM, { json: { token, password: NEW } })).status).toBe(200)
  })

  it('[family 13] [ASVS 15.4.2] lets one of many at once win', async () => {
    const app = await openApp({ ...MAILING, limits: many })
    await enter(app)
    const token = await resetToken(app)
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, count) =>
        app.send(CONFIRM, { json: { token, password: `${NEW} number ${count}` } }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(400)])
    const winner = answers.findIndex(({ status }) => status === 200)
    const account = { ...ADA, password: `${NEW} number ${winner}` }
    expect((await signIn(app, account)).answer.status).toBe(200)
  })

  it('leaves no session behind that the old password opened', async () => {
    const app = await openApp({ ...MAILING, limits: many })
    await enter(app)
    const token = await resetToken(app)
    const [done, ...entered] = await Promise.all([
      app.send(CONFIRM, { json: { token, password: NEW } }),
      ...Array.from({ length: 12 }, () => signIn(app)),
    ])
    expect(done.status).toBe(200)
    for (const { answer, headers } of entered) {
      if (answer.status !== 200) continue
      expect((await app.send('/auth/session', { headers })).status).toBe(401)
    }
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('gives a password to an account that has none, and proves its address', async () => {
    const app = await openApp(MAILING)
    const { id } = await app.database.system.create(users, { email: ADA.email })
    const json = { token: await resetToken(app), password: NEW }
    expect((await app.send(CONFIRM, { json })).status).toBe(200)
    const user = await app.database.system.get(users, id)
    expect(user?.emailVerifiedAt).toEqual(new Date(app.clock.now()))
    expect((await signIn(app, { ...ADA, password: NEW })).answer.status).toBe(200)
  })

  it('opens nothing once the account has another address', async () => {
    const app = await openApp(MAILING)
    const { user } = await enter(app)
    const token = await resetToken(app)
    await app.database.system.update(users, user.id, { email: BOB.email })
    expect((await app.send(CONFIRM, { json: { token, password: NEW } })).status).toBe(400)
  })

  it('lets no banned user in and changes nothing for one', async () => {
    const app = await openApp(MAILING)
    const { user } = await enter(app)
    const token = await resetToken(app)
    const bannedUntil = new Date(app.clock.now() + 5 * MINUTE)
    await app.database.system.update(users, user.id, { bannedUntil })
    const banned = await app.send(CONFIRM, { json: { token, password: NEW } })
    expect([banned.status, banned.json.code]).toEqual([403, 'banned'])
    app.clock.advance(6 * MINUTE)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('takes no token of another purpose', async () => {
    const app = await openApp(MAILING)
    await app.send('/auth/sign-up', { json: ADA })
    const token = await linkedToken(app, ADA.email)
    expect((await app.send(CONFIRM, { json: { token, password: NEW } })).status).toBe(400)
  })

  it('asks the CAPTCHA, and counts requests', async () => {
    const captcha = async ({ token }: { token: string | null }) => token === 'a person'
    const limits = { account: { attempts: 3, window: MINUTE } }
    const app = await openApp({ ...MAILING, captcha, limits })
    const ask = (headers: Record<string, string> = {}) =>
      app.send('/auth/reset', { json: { email: ADA.email }, headers })
    expect((await ask()).json.code).toBe('captcha_failed')
    expect((await ask({ 'captcha-token': 'a person' })).status).toBe(202)
    expect((await ask({ 'captcha-token': 'a person' })).status).toBe(202)
    expect((await ask({ 'captcha-token': 'a person' })).status).toBe(429)
  })

  it.each([
    ['two addresses', { email: 'ada@example.com,eve@example.com' }],
    ['a list of addresses', { email: [ADA.email, BOB.email] }],
    ['a line break and a header', { email: 'ada@example.com\r\nBcc: eve@example.com' }],
    ['an unknown key', { email: ADA.email, origin: 'https://evil.test' }],
  ])('[family 16] refuses %s', async (_, json) => {
    const app = await openApp(MAILING)
    expect((await app.send('/auth/reset', { json })).status).toBe(422)
    await app.idle()
    expect(app.mails).toEqual([])
  })

  it('[family 16] mails to the address that is stored, however it is spelled', async () => {
    const app = await openApp(MAILING)
    await app.database.system.create(users, { email: 'ada@xn--bcher-kva.example' })
    for (const email of [
      'ADA@BÜCHER.example',
      'ａｄａ@bücher.example',
      ' ada@xn--bcher-kva.EXAMPLE ',
    ]) {
      await app.send('/auth/reset', { json: { email } })
    }
    // Another letter that looks alike is another address.
    await app.send('/auth/reset', { json: { email: 'аda@bücher.example' } })
    await app.idle()
    expect(app.mails.map(({ to }) => to)).toEqual(Array(3).fill('ada@xn--bcher-kva.example'))
  })
})
