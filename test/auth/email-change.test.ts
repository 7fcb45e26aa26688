import { emailChange, password, sessions, users } from 'plinth/auth'
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
  signIn,
  visible,
} from './app.ts'

const MINUTE = 60_000
const NEW = 'ada@new.example'
const ASK = '/auth/email'
const CONFIRM = '/auth/email/confirm'
const many = { account: { attempts: 1000, window: MINUTE } }

const open = (more: object = {}) =>
  openApp({ ...MAILING, factors: [password()], features: [emailChange()], ...more })

type Headers = Record<string, string>

async function link(app: AuthApp, headers: Headers, email = NEW): Promise<string> {
  await app.send(ASK, { json: { email }, headers })
  return linkedToken(app, email)
}

describe('a change of the address', () => {
  it('takes place when the new address is proved', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    const token = await link(app, headers)
    expect(app.mails.at(-1)).toMatchObject({ to: NEW, subject: 'Confirm your new address' })
    expect(app.mails.at(-1)?.text).toContain(`${ORIGIN}/account/email/confirm?token=`)
    expect((await app.send('/auth/session', { headers })).json.user.email).toBe(ADA.email)
    const done = await app.send(CONFIRM, { json: { token }, headers })
    expect([done.status, done.json.user]).toEqual([200, { ...user, email: NEW }])
    expect((await app.send('/auth/session', { headers })).json.user.email).toBe(NEW)
    expect((await signIn(app)).answer.status).toBe(401)
    expect((await signIn(app, { ...ADA, email: NEW })).answer.status).toBe(200)
  })

  it('[ASVS 6.3.7] is told to both addresses', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const token = await link(app, headers)
    await app.send(CONFIRM, { json: { token }, headers })
    await app.idle()
    const told = app.mails.filter(({ subject }) => subject.includes('e-mail address changed'))
    expect(told.map(({ to }) => to)).toEqual([ADA.email, NEW])
  })

  it('[family 15] ends all other sessions, and links to the old address', async () => {
    const app = await open()
    const other = await enter(app)
    const { headers } = await signIn(app)
    await app.send('/auth/reset', { json: { email: ADA.email } })
    const reset = await linkedToken(app, ADA.email)
    const token = await link(app, headers)
    await app.send(CONFIRM, { json: { token }, headers })
    expect((await app.send('/auth/session', { headers: other.headers })).status).toBe(401)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    const json = { token: reset, password: 'who reads the old mail' }
    expect((await app.send('/auth/reset/confirm', { json })).status).toBe(400)
  })

  it('[ASVS 6.3.8] is asked for alike whether or not the address is free', async () => {
    const app = await open()
    await app.database.system.create(users, { email: BOB.email })
    const { headers } = await enter(app)
    const steps = async (email: string) => {
      const before = app.recorder.spans.length
      const answer = visible(await app.send(ASK, { json: { email }, headers }))
      return { answer, names: app.recorder.spans.slice(before).map(({ name }) => name) }
    }
    await steps('first@example.com')
    const free = await steps(NEW)
    expect(free.answer).toMatchObject({ status: 202, text: '{"status":"accepted"}' })
    expect(await steps(BOB.email)).toEqual(free)
    await app.idle()
    expect(app.mails.map(({ to }) => to)).not.toContain(BOB.email)
  })

  it('[ASVS 7.5.1] takes a session that is fresh', async () => {
    const app = await open()
    const { headers } = await enter(app)
    app.clock.advance(16 * MINUTE)
    const stale = await app.send(ASK, { json: { email: NEW }, headers })
    expect([stale.status, stale.json.code]).toEqual([401, 'insufficient_authentication'])
    expect((await app.send(ASK, { json: { email: NEW } })).status).toBe(401)
  })

  it('[family 12] is confirmed by nobody but its own account', async () => {
    const app = await open()
    const eve = await enter(app, BOB)
    const ada = await enter(app)
    const token = await link(app, eve.headers, 'ada@home.example')
    expect((await app.send(CONFIRM, { json: { token } })).status).toBe(401)
    const other = await app.send(CONFIRM, { json: { token }, headers: ada.headers })
    expect([other.status, other.json.code]).toEqual([400, 'invalid_token'])
    expect((await app.send(CONFIRM, { json: { token }, headers: eve.headers })).status).toBe(200)
  })

  it('loses against an account that takes the address meanwhile', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const token = await link(app, headers)
    await app.database.system.create(users, { email: NEW })
    const late = await app.send(CONFIRM, { json: { token }, headers })
    expect([late.status, late.json.code]).toEqual([400, 'invalid_token'])
    expect((await app.send('/auth/session', { headers })).json.user.email).toBe(ADA.email)
  })

  it('[family 13] [ASVS 15.4.2] takes place once of many times at once', async () => {
    const app = await open({ limits: many })
    const { headers } = await enter(app)
    const links = [NEW, 'ada@third.example']
    const tokens: string[] = []
    for (const email of links) tokens.push(await link(app, headers, email))
    const answers = await Promise.all(
      [...tokens, ...tokens, ...tokens].map((token) =>
        app.send(CONFIRM, { json: { token }, headers }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(5).fill(400)])
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('[ASVS 6.4.1] is over after an hour', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const token = await link(app, headers)
    app.clock.advance(60 * MINUTE)
    expect((await app.send(CONFIRM, { json: { token }, headers })).status).toBe(400)
    app.clock.advance(-1)
    expect((await app.send(CONFIRM, { json: { token }, headers })).status).toBe(200)
    expect((await app.send(CONFIRM, { json: { token }, headers })).status).toBe(400)
  })

  it('verifies the address that an account has, and keeps its password', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    await app.database.system.update(users, user.id, { emailVerifiedAt: null })
    const token = await link(app, headers, ADA.email)
    expect((await app.send(CONFIRM, { json: { token }, headers })).status).toBe(200)
    const verified = await app.database.system.get(users, user.id)
    expect(verified?.emailVerifiedAt).toEqual(new Date(app.clock.now()))
    expect((await signIn(app)).answer.status).toBe(200)
    const events = app.recorder.logs.map(({ event }) => event)
    expect(events).toContain('auth.email_verified')
  })
})
