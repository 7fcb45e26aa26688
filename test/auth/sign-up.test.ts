import { users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, openApp, signIn, visible } from './app.ts'

it('normalises the addresses of users that the system creates', async () => {
  const app = await openApp()
  const { email } = await app.database.system.create(users, { email: ' Ada@EXAMPLE.com' })
  expect(email).toBe('ada@example.com')
  const twin = app.database.system.create(users, { email: 'ADA@example.com' })
  await expect(twin).rejects.toMatchObject({ code: 'conflict' })
  const wrong = app.database.system.create(users, { email: 'ada@example.com,eve@example.com' })
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_values' })
})

describe('sign-up', () => {
  it('[ASVS 6.3.8] answers alike for free and taken addresses', async () => {
    const app = await openApp()
    const free = await app.send('/auth/sign-up', { json: ADA })
    const taken = await app.send('/auth/sign-up', { json: { ...ADA, password: 'something else' } })
    expect(free.status).toBe(202)
    expect(free.text).toBe('{"status":"accepted"}')
    expect(visible(taken)).toEqual(visible(free))
  })

  it('hashes a password and commits for taken addresses too', async () => {
    const app = await openApp()
    const spans = async (): Promise<string[]> => {
      const before = app.recorder.spans.length
      await app.send('/auth/sign-up', { json: ADA })
      return app.recorder.spans.slice(before).map(({ name }) => name)
    }
    const [free, taken] = [await spans(), await spans()]
    expect(free).toContain('password hash')
    expect(taken).toContain('password hash')
    expect(taken).toContain('update users')
  })

  it('leaves the account of a taken address as it was', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
    const intruder = { ...ADA, password: 'an intruder of taste', name: 'Eve' }
    await app.send('/auth/sign-up', { json: intruder })
    expect(await app.database.system.list(users)).toMatchObject({ items: [{ name: 'Ada' }] })
    expect((await signIn(app, intruder)).answer.status).toBe(401)
    expect((await signIn(app, ADA)).answer.status).toBe(200)
  })

  it('makes one account of twenty sign-ups at once', async () => {
    const app = await openApp({ limits: { account: { attempts: 100, window: 60_000 } } })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.send('/auth/sign-up', { json: ADA })),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('takes one account for all spellings of an address', async () => {
    const app = await openApp()
    for (const email of ['ada@example.com', ' ADA@Example.COM ', 'ａｄａ@example.com']) {
      expect((await app.send('/auth/sign-up', { json: { ...ADA, email } })).status).toBe(202)
    }
    const { items } = await app.database.system.list(users)
    expect(items.map(({ email }) => email)).toEqual(['ada@example.com'])
  })

  it('[ASVS 6.3.2] is the only way to an account: there are none by default', async () => {
    const app = await openApp()
    expect(await app.database.system.count(users)).toBe(0)
  })

  it('opens no session', async () => {
    const app = await openApp()
    const { headers } = await app.send('/auth/sign-up', { json: ADA })
    expect(headers.get('set-cookie')).toBeNull()
  })

  it('gives new accounts no roles, whatever is sent', async () => {
    const app = await openApp()
    const forged = await app.send('/auth/sign-up', { json: { ...ADA, roles: ['staff'] } })
    expect([forged.status, forged.json.code]).toEqual([422, 'invalid_input'])
    await app.send('/auth/sign-up', { json: ADA })
    expect((await signIn(app)).user.roles).toEqual([])
  })

  it.each([
    ['no address', { password: ADA.password }],
    ['an address that is none', { ...ADA, email: 'ada' }],
    ['two addresses', { ...ADA, email: 'ada@example.com,eve@example.com' }],
    ['an address that is an object', { ...ADA, email: {} }],
    ['no password', { email: ADA.email }],
    ['a password that is an array', { ...ADA, password: ['correct horse'] }],
    ['a name of control characters', { ...ADA, name: 'Ada\u0007' }],
    ['an empty name', { ...ADA, name: '  ' }],
    ['unknown keys', { ...ADA, id: '00000000-0000-0000-0000-000000000000' }],
  ])('refuses %s and stores nothing', async (_, json) => {
    const app = await openApp()
    const answer = await app.send('/auth/sign-up', { json })
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_input'])
    expect(answer.text).not.toContain(ADA.password)
    expect(await app.database.system.count(users)).toBe(0)
  })
})
