import { emailCode, type Factor, magicLink, password, smsCode, users } from 'plinth/auth'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'
import {
  ADA,
  type Answer,
  type AuthApp,
  BOB,
  type Browser,
  enter,
  linkedToken,
  MAILING,
  openApp,
  openBrowser,
  sentCode,
  signIn,
} from './app.ts'

const NUMBER = '+4915112345678'
const many = { attempts: 1000, window: 60_000 }
const limits = { account: many, address: many }

/** A second factor that everybody has, and nobody can show. */
const second: Factor = {
  kind: 'factor',
  name: 'second',
  tables: [],
  open: () => ({
    operations: {},
    secondFactor: { name: 'second', isEnrolled: async () => true },
  }),
}

const factors = [password(), magicLink(), emailCode(), smsCode()]

/** A way in that goes through a message: asks for it, and returns what sends the secret back. */
interface Way {
  readonly name: string
  /** How an attempt that comes too late is answered. */
  readonly late: number
  ask(app: AuthApp, from: Browser): Promise<(by: Browser) => Promise<Answer>>
}

function linkWay(name: string, path: string, extra: object = {}): Way {
  return {
    name,
    late: 400,
    async ask(app, from) {
      const asked = path === '/auth/sign-up' ? ADA : { email: ADA.email }
      await from.send(path, { json: asked })
      const json = { token: await linkedToken(app, ADA.email), ...extra }
      return (by) => by.send(`${path}/confirm`, { json })
    },
  }
}

function codeWay(name: string, asked: { email: string } | { number: string }): Way {
  return {
    name,
    late: 401,
    async ask(app, from) {
      const { json } = await from.send(`/auth/${name}`, { json: asked })
      const code = await sentCode(app, Object.values(asked)[0] ?? '')
      const body = { challenge: json.challenge, code }
      return (by) => by.send(`/auth/${name}/confirm`, { json: body })
    },
  }
}

const signUp = linkWay('sign-up', '/auth/sign-up', { password: ADA.password })
const reset = linkWay('reset', '/auth/reset', { password: 'a wholly new sentence' })
const link = linkWay('magic-link', '/auth/magic-link')
const mailedCode = codeWay('email-code', { email: ADA.email })
const textedCode = codeWay('sms-code', { number: NUMBER })
const byAddress = [reset, link, mailedCode]
const ways = [...byAddress, textedCode]

/** Ada with her number. */
async function withPhone(app: AuthApp): Promise<string> {
  const { headers, user } = await enter(app)
  const asked = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
  const json = { challenge: asked.json.challenge, code: await sentCode(app, NUMBER) }
  expect((await app.send('/auth/phones/confirm', { json, headers })).status).toBe(201)
  return user.id
}

describe.each([signUp, ...ways])('$name', ({ name, ask }) => {
  it('[family 11] [ASVS 6.3.4] [ASVS 6.4.3] opens no session before the second factor', async () => {
    const app = await openApp({ ...MAILING, factors: [...factors, second], limits })
    if (name !== 'sign-up') {
      const { id } = await app.database.system.create(users, { email: ADA.email })
      const phones = tableOf(app, 'plinth_phones')
      const verifiedAt = new Date(app.clock.now())
      await app.database.system.create(phones, { user: id, number: NUMBER, verifiedAt })
    }
    const browser = openBrowser(app)
    const answer = await (await ask(app, browser))(browser)
    expect([answer.status, answer.json.status]).toEqual([202, 'second_factor_needed'])
    expect(answer.json.factors).toEqual(['second'])
    expect(browser.cookies.has('__Host-session')).toBe(false)
    expect((await browser.send('/auth/session')).status).toBe(401)
  })

  it('[ASVS 7.2.4] takes the place of the session that it comes with', async () => {
    const app = await openApp({ ...MAILING, factors, limits })
    if (name !== 'sign-up') await withPhone(app)
    const { token } = await enter(app, BOB)
    const browser = openBrowser(app)
    browser.cookies.set('__Host-session', token)
    const answer = await (await ask(app, browser))(browser)
    expect([answer.status, answer.json.user.email]).toEqual([200, ADA.email])
    const headers = { authorization: `Bearer ${token}` }
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect(browser.cookies.get('__Host-session')).not.toBe(token)
  })

  it('is reported without secret or address', async () => {
    const app = await openApp({ ...MAILING, factors, limits })
    if (name !== 'sign-up') await withPhone(app)
    const browser = openBrowser(app)
    await (await ask(app, browser))(browser)
    const log = JSON.stringify(app.recorder.logs)
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.code_requested')
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.sign_in')
    expect(log).not.toContain(ADA.email)
    expect(log).not.toContain(NUMBER)
    for (const { text } of [...app.mails, ...app.texts]) {
      const [secret] = /(?<=token=)[\w-]{43}|\b\d{6}\b/.exec(text) ?? []
      if (secret !== undefined) expect(log).not.toContain(secret)
    }
  })
})

describe.each([signUp, ...byAddress])('$name', ({ ask }) => {
  it('[family 18] mails nothing of what a request says of its host', async () => {
    const app = await openApp({ ...MAILING, factors, limits })
    if (ask !== signUp.ask) await app.database.system.create(users, { email: ADA.email })
    const browser = openBrowser(app)
    const headers = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-original-host': 'evil.test',
      forwarded: 'host=evil.test;proto=http',
    }
    await ask(app, {
      ...browser,
      send: (path, init) => browser.send(path, { ...init, headers }),
    })
    expect(app.mails).toHaveLength(1)
    expect(JSON.stringify(app.mails)).not.toContain('evil')
  })
})

describe.each(byAddress)('$name', ({ name, ask }) => {
  it('[family 12] drops what was put on an account before its address was proved', async () => {
    const app = await openApp({ ...MAILING, factors, limits })
    const id = await withPhone(app)
    const eve = await signIn(app)
    await app.database.system.update(users, id, { emailVerifiedAt: null })
    const owner = openBrowser(app)
    const answer = await (await ask(app, owner))(owner)
    expect([answer.status, answer.json.user.id]).toEqual([200, id])
    expect((await app.send('/auth/session', { headers: eve.headers })).status).toBe(401)
    expect((await signIn(app)).answer.status).toBe(401)
    expect(await app.database.system.count(tableOf(app, 'plinth_phones'))).toBe(0)
    expect((await app.database.system.get(users, id))?.emailVerifiedAt).not.toBeNull()
    if (name === 'reset') {
      const account = { ...ADA, password: 'a wholly new sentence' }
      expect((await signIn(app, account)).answer.status).toBe(200)
    }
  })
})

it('[ASVS 6.4.3] a reset asks trusted devices for the second factor too', async () => {
  let enrolled = false
  const later: Factor = {
    ...second,
    open: () => ({
      operations: {},
      secondFactor: { name: 'second', isEnrolled: async () => enrolled },
    }),
  }
  const app = await openApp({ ...MAILING, factors: [...factors, later], limits })
  await enter(app)
  const browser = openBrowser(app)
  const enterBy = async (way: Way) => (await (await way.ask(app, browser))(browser)).status
  expect(await enterBy(link)).toBe(200)
  enrolled = true
  const trustedUntil = new Date(app.clock.now() + 60_000)
  await app.database.system.updateMany(tableOf(app, 'plinth_devices'), {}, { trustedUntil })
  expect(await enterBy(link)).toBe(200)
  expect(await enterBy(reset)).toBe(202)
})

const databases: readonly { name: string; source: () => Promise<DataSource> }[] = [
  { name: 'SQLite', source: async () => sqlite(':memory:', []) },
  ...((await hasPostgres())
    ? [{ name: 'PostgreSQL', source: async () => postgres(await freshPostgres(), []) }]
    : []),
  ...((await hasMariadb())
    ? [{ name: 'MariaDB', source: async () => mysql(await freshMariadb(), []) }]
    : []),
]

describe.each(databases)('on $name', ({ source }) => {
  it.each([signUp, ...ways])('[family 13] $name lets one of many at once in', async (way) => {
    const app = await openApp({ ...MAILING, factors, limits }, { source: await source() })
    if (way !== signUp) await withPhone(app)
    const confirm = await way.ask(app, openBrowser(app))
    const answers = await Promise.all(Array.from({ length: 5 }, () => confirm(openBrowser(app))))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, way.late, way.late, way.late, way.late])
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('of two pending sign-ups and two links at once one makes the account', async () => {
    const app = await openApp({ ...MAILING, factors, limits }, { source: await source() })
    const confirms = [
      await signUp.ask(app, openBrowser(app)),
      await signUp.ask(app, openBrowser(app)),
      await link.ask(app, openBrowser(app)),
      await link.ask(app, openBrowser(app)),
    ]
    const answers = await Promise.all(confirms.map((confirm) => confirm(openBrowser(app))))
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
    expect(await app.database.system.count(users)).toBe(1)
  })
})

function tableOf({ description }: AuthApp, name: string) {
  const table = description.tables.find((each) => each.name === name)
  if (!table) throw new Error(`there is no ${name}`)
  return table
}
