import { magicLink, password, users } from 'plinth/auth'
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
const ASK = '/auth/magic-link'
const CONFIRM = '/auth/magic-link/confirm'
const many = { account: { attempts: 1000, window: MINUTE } }

const open = (options: Parameters<typeof magicLink>[0] = {}, more: object = {}) =>
  openApp({ ...MAILING, factors: [password(), magicLink(options)], ...more })

async function link(app: AuthApp, json: { email: string; name?: string } = { email: ADA.email }) {
  await app.send(ASK, { json })
  return linkedToken(app, json.email)
}

describe('a magic link', () => {
  it('makes the account when it is used, and not before', async () => {
    const app = await open()
    const browser = openBrowser(app)
    const token = await link(app, { email: ADA.email, name: 'Ada' })
    expect(app.mails[0]?.text).toContain(`${ORIGIN}/sign-in/link?token=`)
    expect(await app.database.system.count(users)).toBe(0)
    const entered = await browser.send(CONFIRM, { json: { token } })
    expect([entered.status, entered.json.user.name]).toEqual([200, 'Ada'])
    expect((await browser.send('/auth/session')).json.user.email).toBe(ADA.email)
    const user = await app.database.system.first(users)
    expect(user?.emailVerifiedAt).toEqual(new Date(app.clock.now()))
  })

  it('signs the owner of an account in', async () => {
    const app = await open()
    const { user } = await enter(app)
    await app.send(ASK, { json: { email: 'ADA@Example.com', name: 'Eve' } })
    const token = await linkedToken(app, ADA.email)
    const entered = await app.send(CONFIRM, { json: { token, transport: 'bearer' } })
    expect(entered.json.user).toMatchObject({ id: user.id, name: null })
    expect(entered.json.token).toMatch(/^plinth_s_/)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('[ASVS 6.3.8] is asked for alike for known and unknown addresses', async () => {
    const app = await open({ signUp: false })
    await app.database.system.create(users, { email: ADA.email })
    const steps = async (email: string) => {
      const before = app.recorder.spans.length
      const answer = visible(await app.send(ASK, { json: { email } }))
      return { answer, names: app.recorder.spans.slice(before).map(({ name }) => name) }
    }
    await steps('first@example.com')
    const known = await steps(ADA.email)
    expect(known.answer).toMatchObject({ status: 202, text: '{"status":"accepted"}' })
    expect(await steps(BOB.email)).toEqual(known)
    await app.idle()
    expect(app.mails.map(({ to }) => to)).toEqual([ADA.email])
  })

  it('[family 12] leaves nothing of who was there before the address was proved', async () => {
    const app = await open()
    const eve = await app.database.system.create(users, { email: ADA.email, name: 'Eve' })
    const entered = await app.send(CONFIRM, { json: { token: await link(app) } })
    expect(entered.json.user.id).toBe(eve.id)
    const user = await app.database.system.get(users, eve.id)
    expect(user?.emailVerifiedAt).not.toBeNull()
  })

  it('is not spent by who only fetches it', async () => {
    const app = await open()
    const token = await link(app)
    for (const method of ['GET', 'HEAD']) {
      const fetched = await app.send(`${CONFIRM}?token=${token}`, { method })
      expect(fetched.status).toBe(405)
    }
    expect((await app.send(CONFIRM, { json: { token } })).status).toBe(200)
  })

  it('[ASVS 6.5.1] [ASVS 6.5.5] is good once, and for ten minutes', async () => {
    const app = await open()
    const token = await link(app)
    app.clock.advance(10 * MINUTE)
    const late = await app.send(CONFIRM, { json: { token } })
    expect([late.status, late.json.code]).toEqual([400, 'invalid_token'])
    app.clock.advance(-1)
    expect((await app.send(CONFIRM, { json: { token } })).status).toBe(200)
    expect((await app.send(CONFIRM, { json: { token } })).status).toBe(400)
  })

  it('ends the other links of its address when it is used', async () => {
    const app = await open()
    const [first, second] = [await link(app), await link(app)]
    expect((await app.send(CONFIRM, { json: { token: second } })).status).toBe(200)
    expect((await app.send(CONFIRM, { json: { token: first } })).status).toBe(400)
  })

  it('[family 13] [ASVS 15.4.2] lets one of many at once in', async () => {
    const app = await open({}, { limits: many })
    const token = await link(app)
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => app.send(CONFIRM, { json: { token } })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(29).fill(400)])
  })

  it('makes one account of two links at once', async () => {
    const app = await open({}, { limits: many })
    const tokens = [await link(app), await link(app), await link(app)]
    const answers = await Promise.all(tokens.map((token) => app.send(CONFIRM, { json: { token } })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('opens nothing once the account has another address, or is gone', async () => {
    const app = await open()
    const { user } = await enter(app)
    const [moved, gone] = [await link(app), await link(app)]
    await app.database.system.update(users, user.id, { email: BOB.email })
    expect((await app.send(CONFIRM, { json: { token: moved } })).status).toBe(400)
    await app.database.system.delete(users, user.id)
    expect((await app.send(CONFIRM, { json: { token: gone } })).status).toBe(400)
    expect(await app.database.system.count(users)).toBe(0)
  })

  it('makes no account where sign-up is closed', async () => {
    const app = await open({ signUp: false })
    await app.send(ASK, { json: { email: BOB.email } })
    await app.idle()
    expect(app.mails).toEqual([])
  })

  it('lets no banned user in', async () => {
    const app = await open()
    const { user } = await enter(app)
    const token = await link(app)
    const bannedUntil = new Date(app.clock.now() + MINUTE)
    await app.database.system.update(users, user.id, { bannedUntil })
    expect((await app.send(CONFIRM, { json: { token } })).json.code).toBe('banned')
  })

  it('[ASVS 6.3.1] is mailed to an address ten times in a quarter of an hour', async () => {
    const app = await open()
    for (let count = 0; count < 10; count++) {
      expect((await app.send(ASK, { json: { email: ADA.email } })).status).toBe(202)
    }
    expect((await app.send(ASK, { json: { email: ADA.email } })).status).toBe(429)
    await app.idle()
    expect(app.mails).toHaveLength(10)
  })

  it.each([
    ['an unknown option', { sign: true }, /option "sign" is unknown/],
    ['a lifetime beyond ten minutes', { lifetime: 11 * MINUTE }, /magicLink\(\)\.lifetime/],
    ['a sign-up that is no boolean', { signUp: 'yes' }, /magicLink\(\)\.signUp/],
  ])('refuses %s at the start', (_, options, message) => {
    expect(() => magicLink(options as never)).toThrow(message)
  })
})
