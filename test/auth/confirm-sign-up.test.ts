import { users } from 'plinth/auth'
import type { AnyTable } from 'plinth/data'
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
const CONFIRM = '/auth/sign-up/confirm'
/** Somebody who uses an address that is Ada's. */
const EVE = { ...ADA, password: 'eve knows this' }
const many = { account: { attempts: 1000, window: MINUTE } }

/** An account that somebody made before mail was sent, with a password that its owner does not know. */
async function plant(app: AuthApp): Promise<string> {
  const before = await openApp()
  await enter(before, EVE)
  const [stored] = (await before.database.system.list(passwordsOf(before))).items
  const { id } = await app.database.system.create(users, { email: EVE.email, name: 'Eve' })
  await app.database.system.create(passwordsOf(app), { ...stored, user: id })
  return id
}

function passwordsOf({ description }: AuthApp): AnyTable {
  const table = description.tables.find(({ name }) => name === 'plinth_passwords')
  if (!table) throw new Error('there are no passwords')
  return table
}

describe('sign-up where mail is sent', () => {
  it('makes no user before the link is confirmed', async () => {
    const app = await openApp(MAILING)
    const browser = openBrowser(app)
    const asked = await browser.send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
    expect([asked.status, asked.text]).toEqual([202, '{"status":"accepted"}'])
    expect(await app.database.system.count(users)).toBe(0)
    expect((await signIn(app)).answer.status).toBe(401)

    const token = await linkedToken(app, ADA.email)
    const confirmed = await browser.send(CONFIRM, { json: { token } })
    expect(confirmed.status).toBe(200)
    expect(confirmed.json.user).toMatchObject({ email: ADA.email, name: 'Ada', roles: [] })
    expect(await app.database.system.first(users)).toMatchObject({
      emailVerifiedAt: new Date(app.clock.now()),
    })
    expect((await browser.send('/auth/session')).status).toBe(200)
    expect(browser.cookies.has('__Host-sign-up')).toBe(false)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('mails a link to the configured origin, whatever the request says', async () => {
    const app = await openApp(MAILING)
    const headers = { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' }
    await app.send('/auth/sign-up', { json: ADA, headers })
    await app.idle()
    expect(app.mails).toMatchObject([{ to: ADA.email, subject: 'Confirm your address' }])
    expect(app.mails[0]?.text).toContain(`${ORIGIN}/sign-up/confirm?token=`)
    expect(app.mails[0]?.text).not.toContain('evil')
  })

  it('[ASVS 6.3.8] answers alike for free and taken addresses', async () => {
    const app = await openApp(MAILING)
    const emailVerifiedAt = new Date(app.clock.now())
    await app.database.system.create(users, { email: ADA.email, emailVerifiedAt })
    const steps = async (json: unknown) => {
      const before = app.recorder.spans.length
      const answer = await app.send('/auth/sign-up', { json })
      const names = app.recorder.spans.slice(before).map(({ name }) => name)
      answer.headers.delete('set-cookie')
      return { names, answer: visible(answer) }
    }
    await steps({ ...BOB, email: 'first@example.com' })
    const free = await steps(BOB)
    const taken = await steps({ ...BOB, email: ADA.email })
    expect(free.names).toContain('password hash')
    expect(taken).toEqual(free)
    await app.idle()
    expect(app.mails.slice(-2)).toMatchObject([
      { to: BOB.email, subject: 'Confirm your address' },
      { to: ADA.email, subject: 'You already have an account' },
    ])
    expect(app.mails.at(-1)?.text).not.toContain('token')
  })

  it('mails no words of a stranger to who has the address', async () => {
    const app = await openApp(MAILING)
    await enter(app)
    const headers = {
      'user-agent': 'Your account is locked, go to evil.test',
      referer: 'evil.test',
    }
    const json = { ...ADA, name: 'Your account is locked, go to evil.test' }
    await app.send('/auth/sign-up', { json, headers })
    await app.send('/auth/sign-up', { json: { ...json, email: BOB.email }, headers })
    await app.idle()
    expect(app.mails.map(({ to }) => to)).toEqual([ADA.email, ADA.email, BOB.email])
    expect(JSON.stringify(app.mails)).not.toMatch(/evil|locked/)
  })

  it('[family 12] gives nobody the password of a stranger to confirm', async () => {
    const app = await openApp(MAILING)
    await openBrowser(app).send('/auth/sign-up', { json: EVE })
    const owner = openBrowser(app)
    const token = await linkedToken(app, ADA.email)
    const asked = await owner.send(CONFIRM, { json: { token } })
    expect([asked.status, asked.json.code]).toEqual([422, 'invalid_input'])
    expect(asked.json.issues).toMatchObject([{ path: 'body.password' }])
    const wrong = await owner.send(CONFIRM, { json: { token, password: ADA.password } })
    expect([wrong.status, wrong.json.code]).toEqual([401, 'wrong_credentials'])
    expect(await app.database.system.count(users)).toBe(0)
  })

  it('takes the password in another browser', async () => {
    const app = await openApp(MAILING)
    await openBrowser(app).send('/auth/sign-up', { json: ADA })
    const token = await linkedToken(app, ADA.email)
    const phone = openBrowser(app)
    const { password } = ADA
    expect((await phone.send(CONFIRM, { json: { token, password } })).status).toBe(200)
  })

  it('[ASVS 6.3.1] counts wrong passwords', async () => {
    const app = await openApp({ ...MAILING, limits: { account: { attempts: 3, window: MINUTE } } })
    await app.send('/auth/sign-up', { json: ADA })
    const token = await linkedToken(app, ADA.email)
    const guess = (password: string) => app.send(CONFIRM, { json: { token, password } })
    for (const status of [401, 401, 401, 429]) {
      expect((await guess('not the right one')).status).toBe(status)
    }
    expect((await guess(ADA.password)).status).toBe(429)
    app.clock.advance(MINUTE)
    expect((await guess(ADA.password)).status).toBe(200)
  })

  it('does not take the cookie of another sign-up', async () => {
    const app = await openApp(MAILING)
    const eve = openBrowser(app)
    await app.send('/auth/sign-up', { json: ADA })
    const token = await linkedToken(app, ADA.email)
    await eve.send('/auth/sign-up', { json: BOB })
    expect((await eve.send(CONFIRM, { json: { token } })).status).toBe(422)
  })

  it('[ASVS 6.4.1] spends a link once, and only within the hour', async () => {
    const app = await openApp(MAILING)
    const browser = openBrowser(app)
    await browser.send('/auth/sign-up', { json: ADA })
    const json = { token: await linkedToken(app, ADA.email), password: ADA.password }
    app.clock.advance(60 * MINUTE)
    const late = await browser.send(CONFIRM, { json })
    expect([late.status, late.json.code]).toEqual([400, 'invalid_token'])
    app.clock.advance(-MINUTE)
    expect((await browser.send(CONFIRM, { json })).status).toBe(200)
    expect((await browser.send(CONFIRM, { json })).status).toBe(400)
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('lets one of several sign-ups win, the one that is confirmed', async () => {
    const app = await openApp(MAILING)
    const [eve, ada] = [openBrowser(app), openBrowser(app)]
    await eve.send('/auth/sign-up', { json: { ...EVE, name: 'Eve' } })
    const first = await linkedToken(app, ADA.email)
    await ada.send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
    const second = await linkedToken(app, ADA.email)
    expect((await ada.send(CONFIRM, { json: { token: second } })).json.user.name).toBe('Ada')
    expect((await eve.send(CONFIRM, { json: { token: first } })).status).toBe(400)
    expect((await signIn(app, EVE)).answer.status).toBe(401)
  })

  it('[family 13] [ASVS 15.4.2] makes one account of many confirmations at once', async () => {
    const app = await openApp({ ...MAILING, limits: many })
    const tokens: string[] = []
    for (let count = 0; count < 4; count++) {
      await app.send('/auth/sign-up', { json: ADA })
      tokens.push(await linkedToken(app, ADA.email))
    }
    const answers = await Promise.all(
      [...tokens, ...tokens, ...tokens].map((token) =>
        app.send(CONFIRM, { json: { token, password: ADA.password } }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(400)])
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('[family 12] gives an unproved account to who reads its address', async () => {
    const app = await openApp(MAILING)
    const id = await plant(app)
    const eve = await signIn(app, EVE)
    expect(eve.answer.status).toBe(200)
    const browser = openBrowser(app)
    await browser.send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
    const token = await linkedToken(app, ADA.email)
    const confirmed = await browser.send(CONFIRM, { json: { token } })
    expect(confirmed.json.user).toMatchObject({ id, name: 'Ada' })
    expect((await app.send('/auth/session', { headers: eve.headers })).status).toBe(401)
    expect((await signIn(app, EVE)).answer.status).toBe(401)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('lets nobody into an account that was proved meanwhile', async () => {
    const app = await openApp({ ...MAILING, limits: many })
    const browser = openBrowser(app)
    await browser.send('/auth/sign-up', { json: EVE })
    const token = await linkedToken(app, ADA.email)
    const emailVerifiedAt = new Date(app.clock.now())
    await app.database.system.create(users, { email: ADA.email, emailVerifiedAt })
    expect((await browser.send(CONFIRM, { json: { token } })).status).toBe(400)
    expect((await signIn(app, EVE)).answer.status).toBe(401)
  })

  it.each([
    ['an unknown token', { token: 'x'.repeat(43) }, 400],
    ['a token of another form', { token: 'null' }, 400],
    ['no token', {}, 422],
    ['an empty token', { token: '' }, 422],
    ['a token that is an object', { token: {} }, 422],
    ['a huge token', { token: 'x'.repeat(100_000) }, 422],
    ['an address beside the token', { token: 'x'.repeat(43), email: ADA.email }, 422],
  ])('refuses %s', async (_, json, status) => {
    const app = await openApp(MAILING)
    expect((await app.send(CONFIRM, { json })).status).toBe(status)
  })

  it('is not there without mail', async () => {
    const app = await openApp()
    expect((await app.send(CONFIRM, { json: { token: 'x' } })).status).toBe(404)
    expect((await app.send('/auth/reset', { json: { email: ADA.email } })).status).toBe(404)
  })
})
