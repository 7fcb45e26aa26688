import { sessions, users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, BOB, enter, ORIGIN, openApp, signIn, visible } from './app.ts'

describe('sign-in', () => {
  it('answers with the user, the session and a cookie', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
    const answer = await app.send('/auth/sign-in', { json: ADA })
    const user = await app.database.system.first(users)
    const session = await app.database.system.first(sessions)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      user: { id: user?.id, email: ADA.email, name: 'Ada', roles: [] },
      session: { id: session?.id, expiresAt: '2026-01-31T00:00:00.000Z' },
    })
  })

  it('[ASVS 3.3.1] [ASVS 3.3.2] [ASVS 3.3.3] [ASVS 3.3.4] sets a cookie for this host and no script', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const { headers } = await app.send('/auth/sign-in', { json: ADA })
    const [session, device] = headers.getSetCookie()
    expect(session).toMatch(
      /^__Host-session=plinth_s_[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(device).toMatch(
      /^__Host-device=[\w-]{43}; Path=\/; Max-Age=34560000; Secure; HttpOnly; SameSite=Lax$/,
    )
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('gives a program its token in the body alone', async () => {
    const app = await openApp()
    const { token, answer } = await enter(app)
    expect(token).toMatch(/^plinth_s_[\w-]{43}$/)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('[ASVS 6.3.8] answers alike for wrong passwords and unknown accounts', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const wrong = await app.send('/auth/sign-in', { json: { ...ADA, password: 'not her own' } })
    const unknown = await app.send('/auth/sign-in', { json: BOB })
    expect([wrong.status, wrong.json.code]).toEqual([401, 'wrong_credentials'])
    expect(visible(unknown)).toEqual(visible(wrong))
  })

  it('takes the same steps for wrong passwords and unknown accounts', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const steps = async (json: unknown): Promise<string[]> => {
      const before = app.recorder.spans.length
      await app.send('/auth/sign-in', { json })
      return app.recorder.spans.slice(before).map(({ name }) => name)
    }
    await steps({ ...BOB, email: 'first@example.com' })
    const wrong = await steps({ ...ADA, password: 'not her own' })
    expect(wrong).toContain('password hash')
    expect(await steps(BOB)).toEqual(wrong)
  })

  it('[ASVS 6.2.8] takes a password exactly as it was set', async () => {
    const app = await openApp()
    const account = { ...ADA, password: ' Tr41ling & L34ding ' }
    await app.send('/auth/sign-up', { json: account })
    for (const password of ['Tr41ling & L34ding', ' tr41ling & l34ding ', ' Tr41ling & L34din']) {
      expect((await signIn(app, { ...account, password })).answer.status).toBe(401)
    }
    expect((await signIn(app, account)).answer.status).toBe(200)
  })

  it('[ASVS 6.2.10] takes a password that is ten years old', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    app.clock.set('2036-01-01')
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('knows a password typed on another keyboard', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', {
      json: { ...ADA, password: 'Cafe\u0301\u00a0in Pa\u0301ris' },
    })
    const typed = { ...ADA, password: 'Caf\u00e9 in P\u00e1ris' }
    expect((await signIn(app, typed)).answer.status).toBe(200)
  })

  it('[ASVS 7.2.4] ends the session that the request came with', async () => {
    const app = await openApp()
    const first = await enter(app)
    const json = { ...ADA, transport: 'bearer' }
    const second = await app.send('/auth/sign-in', { json, headers: first.headers })
    expect(second.json.token).not.toBe(first.token)
    expect((await app.send('/auth/session', { headers: first.headers })).status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('keeps the session that a failed sign-in came with', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const wrong = { ...ADA, password: 'not her own' }
    expect((await app.send('/auth/sign-in', { json: wrong, headers })).status).toBe(401)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
  })

  it('[ASVS 7.2.2] [ASVS 7.2.3] [ASVS 11.5.1] never gives a token twice', async () => {
    const app = await openApp()
    await enter(app)
    const tokens = new Set<string>()
    for (let count = 0; count < 20; count++) tokens.add((await signIn(app)).token)
    expect(tokens.size).toBe(20)
  })

  it('ends the oldest session beyond the number allowed', async () => {
    const app = await openApp({ session: { perUser: 2 } })
    const first = await enter(app)
    app.clock.advance(1000)
    const second = await signIn(app)
    app.clock.advance(1000)
    const third = await signIn(app)
    const statuses = await Promise.all(
      [first, second, third].map(({ headers }) => app.send('/auth/session', { headers })),
    )
    expect(statuses.map(({ status }) => status)).toEqual([401, 200, 200])
  })

  it('[ASVS 3.5.1] refuses sign-ins that another site sends', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const from = (origin: string) => app.send('/auth/sign-in', { json: ADA, headers: { origin } })
    const foreign = await from('https://evil.test')
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null])
    expect((await from(ORIGIN)).status).toBe(200)
  })

  it.each([
    ['a password of another type', { ...ADA, password: { length: 12 } }],
    ['a password longer than any', { ...ADA, password: 'x'.repeat(1025) }],
    ['an empty password', { ...ADA, password: '' }],
    ['an unknown transport', { ...ADA, transport: 'query' }],
    ['a user id', { ...ADA, user: '00000000-0000-0000-0000-000000000000' }],
  ])('refuses %s before anything is hashed', async (_, json) => {
    const app = await openApp()
    const answer = await app.send('/auth/sign-in', { json })
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_input'])
    expect(app.recorder.spans.map(({ name }) => name)).not.toContain('password hash')
  })
})
