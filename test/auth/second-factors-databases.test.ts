import { account, password, recoveryCodes, sessions, staff, totp, users } from 'plinth/auth'
import { id, ref, table } from 'plinth/data'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, ORIGIN, openApp, signIn } from './app.ts'
import { databases } from './on-databases.ts'
import { codeAt, enrol, signInHalf } from './totp/authenticator.ts'

const many = { attempts: 1000, window: 60_000 }
const invoices = table('invoices', { id: id(), customer: ref(users) })

describe.each(databases)('second factors on $name', ({ source }) => {
  const opened = async (): Promise<AuthApp> =>
    openApp(
      {
        mailing: true,
        origin: ORIGIN,
        factors: [password(), totp(), recoveryCodes()],
        features: [account(), staff()],
        permissions: { staff: ['users:read', 'users:ban', 'users:impersonate'] },
        limits: { account: many, address: many, global: many },
      },
      { source: await source(), tables: [invoices] },
    )

  it('[family 13] [ASVS 15.4.2] let one of many uses at once win', async () => {
    const app = await opened()
    const { headers, secret } = await enrol(app)
    const codes = (await app.send('/auth/recovery-codes', { method: 'POST', headers })).json.codes
    const halves = await Promise.all(Array.from({ length: 24 }, () => signInHalf(app)))
    const now = app.clock.now()
    const answers = await Promise.all(
      halves.map((pending, at) => {
        const [path, code] =
          at % 2 === 0 ? ['totp', codeAt(secret, now)] : ['recovery-codes', codes[0]]
        const json = { code, pending, transport: 'bearer' }
        return app.send(`/auth/${path}/verify`, { json })
      }),
    )
    const wins = (remainder: number) =>
      answers.filter(({ status }, at) => status === 200 && at % 2 === remainder).length
    expect([wins(0), wins(1)]).toEqual([1, 1])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
  })

  it('are replaced, and end the sessions before, all at once or not', async () => {
    const app = await opened()
    const { headers } = await enrol(app)
    const begun = await app.send('/auth/totp', { method: 'POST', headers })
    const json = { code: codeAt(begun.json.secret, app.clock.now()) }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.send('/auth/totp/confirm', { json, headers })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await app.database.system.count(sessions)).toBe(1)
    expect((await signIn(app)).answer.json.factors).toEqual(['totp'])
  })

  it('go with the account, which stays while something refers to it', async () => {
    const app = await opened()
    const { headers, user } = await enrol(app)
    const invoice = await app.database.system.create(invoices, { customer: user })
    const remove = () => app.send('/auth/account', { method: 'DELETE', headers })
    expect((await remove()).json.code).toBe('account_in_use')
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    await app.database.system.delete(invoices, invoice.id)
    expect((await remove()).status).toBe(204)
    expect(await app.database.system.count(users)).toBe(0)
  })

  it('leave no session to who is banned while signing in', async () => {
    const app = await opened()
    const ada = await enter(app)
    const bob = await enter(app, BOB)
    await app.database.system.updateMany(users, { email: ADA.email }, { roles: ['staff'] })
    const entering = Array.from({ length: 10 }, () => signIn(app, BOB))
    const path = `/auth/staff/users/${bob.user.id}/ban`
    const banned = await app.send(path, { json: { reason: 'spam' }, headers: ada.headers })
    expect(banned.status).toBe(200)
    for (const { answer, headers } of await Promise.all(entering)) {
      expect([200, 403]).toContain(answer.status)
      if (answer.status !== 200) continue
      expect((await app.send('/auth/session', { headers })).status).toBe(401)
    }
    const found = await app.send('/auth/staff/users?email=bob', { headers: ada.headers })
    expect(found.json.items[0].bannedUntil).toBe('9999-12-31T00:00:00.000Z')
    expect(await app.database.system.count(sessions, { user: bob.user.id })).toBe(0)
  })

  it('leave no session of one factor to who signs in while they are enrolled', async () => {
    const app = await opened()
    const ada = await enter(app)
    const begun = await app.send('/auth/totp', { method: 'POST', headers: ada.headers })
    const json = { code: codeAt(begun.json.secret, app.clock.now()) }
    const [done] = await Promise.all([
      app.send('/auth/totp/confirm', { json, headers: ada.headers }),
      ...Array.from({ length: 10 }, () => signIn(app)),
    ])
    expect(done?.status).toBe(200)
    const { items } = await app.database.system.list(sessions)
    expect(items.map(({ assurance }) => assurance)).toEqual([2])
  })
})
