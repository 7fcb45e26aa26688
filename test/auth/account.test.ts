import {
  account,
  auth,
  password,
  recoveryCodes,
  rememberedDevices,
  sessions,
  totp,
  users,
} from 'plinth/auth'
import { id, ref, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, ORIGIN, openApp, openBrowser, signIn } from './app.ts'
import { enrol } from './totp/authenticator.ts'

const notes = table('notes', {
  id: id(),
  owner: ref(users, { onDelete: 'cascade' }),
  text: v.string(),
  size: v.bigint(),
})
const invoices = table('invoices', { id: id(), customer: ref(users), total: v.number() })

const open = () =>
  openApp(
    {
      mailing: true,
      origin: ORIGIN,
      factors: [password(), totp(), recoveryCodes()],
      features: [
        rememberedDevices(),
        account({
          export: {
            notes: async (db, user) => (await db.list(notes, { where: { owner: user } })).items,
          },
        }),
      ],
    },
    { tables: [notes, invoices] },
  )

const remove = (app: AuthApp, headers: Record<string, string>) =>
  app.send('/auth/account', { method: 'DELETE', headers })

describe('exporting an account', () => {
  it('gives all that is stored of the user, and nobody else’s', async () => {
    const app = await open()
    const { headers, user } = await enrol(app)
    await app.send('/auth/recovery-codes', { method: 'POST', headers })
    const bob = await enter(app, BOB)
    await app.database.system.createMany(notes, [
      { owner: user, text: 'mine', size: 2n ** 60n },
      { owner: bob.user.id, text: 'not mine', size: 0n },
    ])
    const { status, json, headers: sent } = await app.send('/auth/account/export', { headers })
    expect(status).toBe(200)
    expect(sent.get('content-disposition')).toBe('attachment; filename="account.json"')
    expect(sent.get('cache-control')).toBe('no-store')
    expect(json).toEqual({
      exportedAt: '2026-01-01T00:00:30.000Z',
      user: expect.objectContaining({ id: user, email: ADA.email, roles: [] }),
      sessions: [expect.objectContaining({ methods: ['password', 'totp'] })],
      devices: [expect.objectContaining({ trustedUntil: null }), expect.anything()],
      auth: {
        password: { lastUsedAt: '2026-01-01T00:00:00.000Z' },
        totp: { enrolledAt: '2026-01-01T00:00:00.000Z' },
        'recovery-codes': { left: 10 },
      },
      data: {
        notes: [{ id: expect.any(String), owner: user, text: 'mine', size: '1152921504606846976' }],
      },
    })
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.account_exported')
  })

  it('holds no secret', async () => {
    const app = await open()
    const { headers, secret } = await enrol(app)
    const { text } = await app.send('/auth/account/export', { headers })
    const token = headers.authorization.slice('Bearer '.length)
    expect(text).not.toMatch(/hash|seed|argon2|tokenHash/i)
    for (const hidden of [secret, token, ADA.password]) expect(text).not.toContain(hidden)
  })
})

describe('deleting an account', () => {
  it('[ASVS 7.4.2] takes the user and all that is theirs, and ends every session', async () => {
    const app = await open()
    const { headers, user } = await enrol(app)
    await app.send('/auth/recovery-codes', { method: 'POST', headers })
    const bob = await enter(app, BOB)
    await app.database.system.create(notes, { owner: user, text: 'mine', size: 1n })
    const removed = await remove(app, headers)
    expect([removed.status, removed.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringContaining('Max-Age=0'),
    ])
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect((await signIn(app)).answer.status).toBe(401)
    expect((await app.send('/auth/session', { headers: bob.headers })).status).toBe(200)
    for (const each of app.description.tables) {
      const { items } = await app.database.system.list(each)
      expect(JSON.stringify(items), each.name).not.toContain(user)
    }
    expect(await app.database.system.count(notes)).toBe(0)
  })

  it('tells the owner by mail, and the log', async () => {
    const app = await open()
    const { headers } = await enter(app)
    await remove(app, headers)
    await app.idle()
    expect([app.mails.at(-1)?.to, app.mails.at(-1)?.subject]).toEqual([
      ADA.email,
      'Your account was deleted',
    ])
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.account_deleted')
  })

  it('[ASVS 7.5.1] takes a recent sign-in, with the second factor', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    app.clock.advance(15 * 60_000)
    const late = await remove(app, headers)
    expect([late.status, late.json.code]).toEqual([401, 'insufficient_authentication'])
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('answers 409 while a row that stays refers to the user, and changes nothing', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    await app.database.system.create(invoices, { customer: user.id, total: 1 })
    await app.database.system.create(notes, { owner: user.id, text: 'mine', size: 1n })
    const refused = await remove(app, headers)
    expect([refused.status, refused.json.code]).toEqual([409, 'account_in_use'])
    expect(refused.text).not.toContain('invoices')
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    expect(await app.database.system.count(notes)).toBe(1)
    await app.idle()
    expect(app.mails.map(({ subject }) => subject)).not.toContain('Your account was deleted')
  })

  it('leaves the address free for somebody new, who finds nothing', async () => {
    const app = await open()
    const { headers, user } = await enter(app)
    await remove(app, headers)
    const again = await enter(app)
    expect(again.user.id).not.toBe(user.id)
    expect((await app.send('/auth/devices', { headers: again.headers })).json.items).toHaveLength(1)
  })

  it('[family 13] happens once of many times at once', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const answers = await Promise.all(Array.from({ length: 10 }, () => remove(app, headers)))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(9)
    await app.idle()
    const told = app.mails.filter(({ subject }) => subject === 'Your account was deleted')
    expect(told).toHaveLength(1)
  })

  it('[family 15] leaves no session to who signs in at that moment', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const entering = Array.from({ length: 8 }, () => signIn(app))
    expect((await remove(app, headers)).status).toBe(204)
    for (const { answer, headers: own } of await Promise.all(entering)) {
      if (answer.status !== 200) continue
      expect((await app.send('/auth/session', { headers: own })).status).toBe(401)
    }
    expect(await app.database.system.count(sessions)).toBe(0)
  })

  it('is refused to other sites', async () => {
    const app = await open()
    await enter(app)
    const browser = openBrowser(app)
    await browser.send('/auth/sign-in', { json: ADA })
    const from = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
    const refused = await browser.send('/auth/account', { method: 'DELETE', headers: from })
    expect(refused.status).toBe(403)
  })
})

describe('renaming an account', () => {
  it('changes the name, or takes it away', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const rename = (name: unknown) =>
      app.send('/auth/account', { method: 'PATCH', json: { name }, headers })
    expect((await rename('  Ada Lovelace ')).json.user.name).toBe('Ada Lovelace')
    expect((await rename(null)).json.user.name).toBeNull()
    for (const bad of ['', '  ', 'a\u0000b', 'x'.repeat(201), 5, undefined]) {
      expect((await rename(bad)).status).toBe(422)
    }
  })

  it('changes nothing else', async () => {
    const app = await open()
    const { headers } = await enter(app)
    const json = { name: 'Ada', roles: ['staff'] }
    const answer = await app.send('/auth/account', { method: 'PATCH', json, headers })
    expect(answer.status).toBe(422)
    expect((await app.database.system.first(users))?.roles).toEqual([])
  })
})

describe('account()', () => {
  const factors = [password()]
  it.each([
    ['unknown options', { import: {} }, /option "import" is unknown/],
    ['an export of no function', { export: { notes: [] } }, /"notes" is ; expected a function/],
  ])('refuses %s', (_, options, message) => {
    expect(() => auth({ factors, features: [account(options as object)] })).toThrow(message)
  })
})
