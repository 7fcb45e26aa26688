import { normalizePhone, password, smsCode, users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import {
  ADA,
  type AuthApp,
  BOB,
  enter,
  linkedToken,
  MAILING,
  openApp,
  openBrowser,
  sentCode,
  signIn,
  visible,
} from './app.ts'

const MINUTE = 60_000
const NUMBER = '+4915112345678'
const OTHER = '+4915112345679'
const many = { account: { attempts: 1000, window: MINUTE } }

const open = (more: object = {}) =>
  openApp({ ...MAILING, factors: [password(), smsCode()], ...more })

type Headers = Record<string, string>

async function addPhone(app: AuthApp, headers: Headers, number = NUMBER) {
  const asked = await app.send('/auth/phones', { json: { number }, headers })
  const json = { challenge: asked.json.challenge, code: await sentCode(app, number) }
  return app.send('/auth/phones/confirm', { json, headers })
}

async function request(app: AuthApp, number = NUMBER) {
  const asked = await app.send('/auth/sms-code', { json: { number } })
  return { challenge: asked.json.challenge, code: await sentCode(app, number) }
}

describe('a telephone number', () => {
  it('is added by its owner, who proves it with a code', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const asked = await app.send('/auth/phones', { json: { number: '+49 151 1234-5678' }, headers })
    expect(asked.status).toBe(202)
    expect((await app.send('/auth/phones', { headers })).json).toEqual({ items: [] })
    const code = await sentCode(app, NUMBER)
    expect(app.texts[0]?.text).toBe(
      `${code} is your code, good for 10 minutes. Give it to nobody.\n\n@app.test #${code}`,
    )
    const json = { challenge: asked.json.challenge, code }
    const added = await app.send('/auth/phones/confirm', { json, headers })
    expect([added.status, added.json.number]).toEqual([201, NUMBER])
    expect((await app.send('/auth/phones', { headers })).json.items).toEqual([added.json])
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: phone number added')
  })

  it('[ASVS 7.5.1] is added in a fresh session of one’s own alone', async () => {
    const app = await open()
    const { headers } = await enter(app)
    expect((await app.send('/auth/phones', { json: { number: NUMBER } })).status).toBe(401)
    app.clock.advance(16 * MINUTE)
    const stale = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
    expect(stale.json.code).toBe('insufficient_authentication')
    await app.idle()
    expect(app.texts).toEqual([])
  })

  it('is not added with the code of somebody else', async () => {
    const app = await open()
    const ada = await enter(app)
    const bob = await enter(app, BOB)
    const { json: asked } = await app.send('/auth/phones', {
      json: { number: NUMBER },
      headers: bob.headers,
    })
    const json = { challenge: asked.challenge, code: await sentCode(app, NUMBER) }
    const stolen = await app.send('/auth/phones/confirm', { json, headers: ada.headers })
    expect([stolen.status, stolen.json.code]).toEqual([401, 'wrong_code'])
    expect((await app.send('/auth/sms-code/confirm', { json })).status).toBe(401)
  })

  it('belongs to one account', async () => {
    const app = await open()
    const ada = await enter(app)
    const bob = await enter(app, BOB)
    expect((await addPhone(app, ada.headers)).status).toBe(201)
    const taken = await addPhone(app, bob.headers)
    expect([taken.status, taken.json.code]).toEqual([409, 'phone_taken'])
    expect((await addPhone(app, bob.headers, OTHER)).status).toBe(201)
    const list = await app.send('/auth/phones', { headers: ada.headers })
    expect(list.json.items).toHaveLength(1)
  })

  it('[family 13] is added once of many times at once, to one account', async () => {
    const app = await open({ limits: many })
    const accounts = [await enter(app), await enter(app, BOB)]
    const codes = []
    for (const { headers } of accounts) {
      const asked = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
      const json = { challenge: asked.json.challenge, code: await sentCode(app, NUMBER) }
      codes.push({ json, headers }, { json, headers })
    }
    const answers = await Promise.all(codes.map((init) => app.send('/auth/phones/confirm', init)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => ![201, 401, 409].includes(status))).toEqual([])
  })

  it('[ASVS 6.5.6] is taken away by its owner, which ends all other sessions', async () => {
    const app = await open()
    const before = await enter(app)
    const { headers } = await signIn(app)
    const { json: phone } = await addPhone(app, headers)
    const bob = await enter(app, BOB)
    const path = `/auth/phones/${phone.id}`
    expect((await app.send(path, { method: 'DELETE', headers: bob.headers })).status).toBe(404)
    const asked = await request(app)
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(204)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    expect((await app.send('/auth/session', { headers: before.headers })).status).toBe(401)
    expect((await app.send('/auth/sms-code/confirm', { json: asked })).status).toBe(401)
    expect((await app.send(path, { method: 'DELETE', headers })).status).toBe(404)
  })

  it('is not taken away when it is the only way in', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    const { json: phone } = await addPhone(app, headers)
    const passwords = app.description.tables.find(({ name }) => name === 'plinth_passwords')
    if (passwords) await app.database.system.deleteMany(passwords, { user: user.id })
    const kept = await app.send(`/auth/phones/${phone.id}`, { method: 'DELETE', headers })
    expect([kept.status, kept.json.code]).toEqual([409, 'last_way_in'])
  })

  it('is texted so often and no more, whoever asks', async () => {
    const app = await open({ limits: { account: { attempts: 3, window: MINUTE } } })
    const statuses: number[] = []
    for (const account of [ADA, BOB]) {
      const { headers } = await enter(app, account)
      for (let count = 0; count < 2; count++) {
        const init = { json: { number: NUMBER }, headers }
        statuses.push((await app.send('/auth/phones', init)).status)
      }
    }
    expect(statuses).toEqual([202, 202, 202, 429])
    await app.idle()
    expect(app.texts).toHaveLength(3)
  })

  it('is one of five at most', async () => {
    const app = await open({ limits: many })
    const { headers } = await enter(app)
    for (let count = 0; count < 5; count++) await addPhone(app, headers, `+491511234567${count}`)
    const sixth = await addPhone(app, headers, '+4915112345675')
    expect([sixth.status, sixth.json.code]).toEqual([409, 'too_many_phones'])
  })
})

describe('a code by short message', () => {
  it('signs in', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    await addPhone(app, headers)
    const browser = openBrowser(app)
    const entered = await browser.send('/auth/sms-code/confirm', { json: await request(app) })
    expect([entered.status, entered.json.user.id]).toEqual([200, user.id])
    expect((await browser.send('/auth/session')).status).toBe(200)
  })

  it('[ASVS 6.3.8] is asked for alike for known and unknown numbers', async () => {
    const app = await open()
    const { headers } = await enter(app)
    await addPhone(app, headers)
    const steps = async (number: string) => {
      const before = app.recorder.spans.length
      const answer = await app.send('/auth/sms-code', { json: { number } })
      const names = app.recorder.spans.slice(before).map(({ name }) => name)
      return { names, answer: visible({ ...answer, text: '' }), keys: Object.keys(answer.json) }
    }
    await steps('+4915112345000')
    const known = await steps(NUMBER)
    expect(await steps(OTHER)).toEqual(known)
    await app.idle()
    expect(app.texts.map(({ to }) => to)).toEqual([NUMBER, NUMBER])
  })

  it('[ASVS 6.5.1] [ASVS 6.5.5] is good once, and for ten minutes', async () => {
    const app = await open()
    const { headers } = await enter(app)
    await addPhone(app, headers)
    const json = await request(app)
    app.clock.advance(10 * MINUTE)
    expect((await app.send('/auth/sms-code/confirm', { json })).status).toBe(401)
    app.clock.advance(-1)
    expect((await app.send('/auth/sms-code/confirm', { json })).status).toBe(200)
    expect((await app.send('/auth/sms-code/confirm', { json })).status).toBe(401)
  })

  it('[ASVS 6.6.3] counts guesses at a number over all its codes', async () => {
    const app = await open()
    const { headers } = await enter(app)
    await addPhone(app, headers)
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) {
      const { challenge, code } = await request(app)
      for (let by = 1; by <= 4; by++) {
        const json = { challenge, code: String((Number(code) + by) % 1e6).padStart(6, '0') }
        statuses.push((await app.send('/auth/sms-code/confirm', { json })).status)
      }
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.slice(10)).toEqual(Array(6).fill(429))
  })

  it('[family 12] is lost with all else when the owner of the address comes', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    await addPhone(app, headers)
    await app.database.system.update(users, user.id, { emailVerifiedAt: null })
    await app.send('/auth/sign-up', { json: { ...ADA, password: 'the owner has come' } })
    const token = await linkedToken(app, ADA.email)
    const json = { token, password: 'the owner has come' }
    expect((await app.send('/auth/sign-up/confirm', { json })).status).toBe(200)
    await app.send('/auth/sms-code', { json: { number: NUMBER } })
    await app.idle()
    expect(app.texts).toHaveLength(1)
  })

  it('does not start without a sender, keys, or with words that are none', async () => {
    await expect(open({ text: undefined })).rejects.toThrow(/auth\(\{ text \}\): is missing/)
    await expect(open({ keys: undefined })).rejects.toThrow(/auth\(\{ keys \}\): is missing/)
    expect(() => smsCode({ compose: 'Code' as never })).toThrow(/smsCode\(\)\.compose/)
    expect(() => smsCode({ words: 'Code' } as never)).toThrow(/option "words" is unknown/)
  })

  it('takes words of one’s own', async () => {
    const compose = ({ code }: { code: string }) => `Dein Code: ${code}`
    const app = await open({ factors: [password(), smsCode({ compose })] })
    const { headers } = await enter(app)
    await app.send('/auth/phones', { json: { number: NUMBER }, headers })
    const code = await sentCode(app, NUMBER)
    expect(app.texts.map(({ text }) => text)).toEqual([`Dein Code: ${code}`])
  })
})

describe('normalizePhone', () => {
  it.each([
    ['+4930123456', '+4930123456'],
    ['+49 (30) 123-456', '+4930123456'],
    [' +1 (415) 555.2671 ', '+14155552671'],
    ['＋４９ ３０ １２３４５６', '+4930123456'],
    ['+49\u00a030\u2011123456', '+4930123456'],
  ])('brings %s into one form', (text, number) => {
    expect(normalizePhone(text)).toBe(number)
  })

  it.each([
    '030 123456',
    '004930123456',
    '+049301234567',
    '+44 (0)20 7946 0000',
    '+49',
    '+123456',
    '+1234567890123456',
    '+4930123456,+4930123457',
    '+4930123456;ext=5',
    '+4930123456 x5',
    '+49٣٠١٢٣٤٥٦',
    'tel:+4930123456',
    '+4930123456\nBcc: x',
    '',
    '+'.repeat(100),
  ])('refuses %j', (text) => {
    expect(normalizePhone(text)).toBeUndefined()
  })
})
