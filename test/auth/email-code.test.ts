import { emailCode, password, users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import {
  ADA,
  type AuthApp,
  BOB,
  enter,
  MAILING,
  openApp,
  openBrowser,
  sentCode,
  visible,
} from './app.ts'

const MINUTE = 60_000
const ASK = '/auth/email-code'
const CONFIRM = '/auth/email-code/confirm'
const many = { account: { attempts: 1000, window: MINUTE } }

const open = (options: Parameters<typeof emailCode>[0] = {}, more: object = {}) =>
  openApp({ ...MAILING, factors: [password(), emailCode(options)], ...more })

async function request(app: AuthApp, email = ADA.email) {
  const asked = await app.send(ASK, { json: { email } })
  return { challenge: String(asked.json.challenge), code: await sentCode(app, email) }
}

/** Another code than the one that was sent. */
function wrong(code: string, by = 1): string {
  return String((Number(code) + by) % 1_000_000).padStart(6, '0')
}

describe('a code by e-mail', () => {
  it('makes the account when it is used, and not before', async () => {
    const app = await open()
    const browser = openBrowser(app)
    const asked = await browser.send(ASK, { json: { email: ADA.email, name: 'Ada' } })
    expect(asked.status).toBe(202)
    expect(asked.json).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: '2026-01-01T00:10:00.000Z',
    })
    expect(await app.database.system.count(users)).toBe(0)
    const { challenge } = asked.json
    const code = await sentCode(app, ADA.email)
    const entered = await browser.send(CONFIRM, { json: { challenge, code: ` ${code} ` } })
    expect([entered.status, entered.json.user.name]).toEqual([200, 'Ada'])
    expect((await browser.send('/auth/session')).status).toBe(200)
  })

  it('[ASVS 6.3.8] is asked for alike for known and unknown addresses', async () => {
    const app = await open({ signUp: false })
    await app.database.system.create(users, { email: ADA.email })
    const steps = async (path: string, json: unknown) => {
      const before = app.recorder.spans.length
      const answer = await app.send(path, { json })
      const names = app.recorder.spans.slice(before).map(({ name }) => name)
      const { challenge, ...body } = answer.json
      return { challenge, seen: { names, body, answer: visible({ ...answer, text: '' }) } }
    }
    await steps(ASK, { email: 'first@example.com' })
    const known = await steps(ASK, { email: ADA.email })
    const unknown = await steps(ASK, { email: BOB.email })
    expect(unknown.seen).toEqual(known.seen)
    expect(unknown.challenge).toHaveLength(known.challenge.length)
    const code = wrong(await sentCode(app, ADA.email))
    expect(app.mails.map(({ to }) => to)).toEqual([ADA.email])

    await steps(CONFIRM, { challenge: 'x'.repeat(43), code })
    const [first, second] = [known, unknown].map(({ challenge }) => ({ challenge, code }))
    expect((await steps(CONFIRM, second)).seen).toEqual((await steps(CONFIRM, first)).seen)
  })

  it('[ASVS 6.5.1] [ASVS 6.5.5] is good once, and for ten minutes', async () => {
    const app = await open()
    const json = await request(app)
    app.clock.advance(10 * MINUTE)
    const late = await app.send(CONFIRM, { json })
    expect([late.status, late.json.code]).toEqual([401, 'wrong_code'])
    app.clock.advance(-1)
    expect((await app.send(CONFIRM, { json })).status).toBe(200)
    expect((await app.send(CONFIRM, { json })).status).toBe(401)
  })

  it('[ASVS 6.6.2] belongs to the request that it was sent for', async () => {
    const app = await open()
    const [first, second] = [await request(app), await request(app)]
    const bob = await request(app, BOB.email)
    const crossed = [
      { challenge: first.challenge, code: second.code },
      { challenge: bob.challenge, code: second.code },
      { challenge: 'x'.repeat(43), code: second.code },
    ]
    for (const json of crossed) {
      expect((await app.send(CONFIRM, { json })).status).toBe(401)
    }
    expect((await app.send(CONFIRM, { json: second })).status).toBe(200)
  })

  it('[ASVS 6.6.3] may be guessed at five times', async () => {
    const app = await open({}, { limits: many })
    const { challenge, code } = await request(app)
    for (let by = 1; by <= 5; by++) {
      const json = { challenge, code: wrong(code, by) }
      expect((await app.send(CONFIRM, { json })).status).toBe(401)
    }
    expect((await app.send(CONFIRM, { json: { challenge, code } })).status).toBe(401)
  })

  it('[ASVS 6.6.3] [family 13] gives no more guesses to many at once', async () => {
    const app = await open({}, { limits: many })
    const { challenge, code } = await request(app)
    const guesses = Array.from({ length: 20 }, (_, at) => wrong(code, at + 1))
    await Promise.all(guesses.map((each) => app.send(CONFIRM, { json: { challenge, code: each } })))
    expect((await app.send(CONFIRM, { json: { challenge, code } })).status).toBe(401)
  })

  it('[ASVS 6.6.3] counts guesses at an account over all its codes and addresses', async () => {
    const app = await open()
    await enter(app)
    let guesses = 0
    for (let host = 1; host <= 4; host++) {
      const { challenge, code } = await request(app)
      for (let by = 1; by <= 4; by++) {
        const json = { challenge, code: wrong(code, by) }
        const { status } = await app.send(CONFIRM, { json, address: `198.51.100.${host}` })
        if (status === 401) guesses++
        else expect(status).toBe(429)
      }
    }
    expect(guesses).toBe(10)
  })

  it('[family 13] [ASVS 15.4.2] lets one of many at once in', async () => {
    const app = await open({}, { limits: many })
    const json = await request(app)
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.send(CONFIRM, { json })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401])
  })

  it('[ASVS 6.5.3] [ASVS 6.5.4] has six digits, each as likely as the others', async () => {
    const app = await open({}, { limits: { ...many, address: many.account } })
    const seen = Array.from({ length: 10 }, () => 0)
    for (let count = 0; count < 200; count++) {
      await app.send(ASK, { json: { email: `a${count}@example.com` } })
      const code = await sentCode(app, `a${count}@example.com`)
      for (const digit of code) seen[Number(digit)] = (seen[Number(digit)] ?? 0) + 1
    }
    // Of 1,200 digits each is one of ten: 120, with a standard deviation of ten.
    for (const times of seen) expect(Math.abs(times - 120)).toBeLessThan(70)
  })

  it('stores neither the code nor the challenge', async () => {
    const app = await open()
    const { challenge, code } = await request(app)
    const table = app.description.tables.find(({ name }) => name === 'plinth_secrets')
    if (!table) throw new Error('there are no secrets')
    const stored = JSON.stringify(await app.database.system.list(table))
    expect(stored).not.toContain(challenge)
    expect(stored).not.toContain(code)
  })

  it('makes no account where sign-up is closed', async () => {
    const app = await open({ signUp: false })
    const { json } = await app.send(ASK, { json: { email: BOB.email } })
    await app.idle()
    expect(app.mails).toEqual([])
    const guess = { challenge: json.challenge, code: '000000' }
    expect((await app.send(CONFIRM, { json: guess })).status).toBe(401)
    expect(await app.database.system.count(users)).toBe(0)
  })

  it.each([
    ['no code', {}],
    ['a code that is an object', { code: {} }],
    ['a code that is a number', { code: 123456 }],
    ['five digits', { code: '12345' }],
    ['seven digits', { code: '1234567' }],
    ['digits of another script', { code: '१२३४५६' }],
    ['a list of codes', { code: ['123456', '123457'] }],
    ['an address', { code: '123456', email: BOB.email }],
  ])('[family 22] refuses %s', async (_, given) => {
    const app = await open()
    const { challenge } = await request(app)
    const { status } = await app.send(CONFIRM, { json: { challenge, ...given } })
    expect(status).toBe(422)
  })

  it('does not start without keys', async () => {
    await expect(open({}, { keys: undefined })).rejects.toThrow(/auth\(\{ keys \}\): is missing/)
  })
})
