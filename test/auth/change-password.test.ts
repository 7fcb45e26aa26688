import { sessions } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, BOB, enter, ORIGIN, openApp, signIn, visible } from './app.ts'

const NEW = 'a wholly new sentence'
const change = { current: ADA.password, password: NEW }

describe('changing the password', () => {
  it('[ASVS 6.2.2] puts the new password in the old one’s place', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    expect((await app.send('/auth/password', { json: change, headers })).status).toBe(200)
    expect((await signIn(app)).answer.status).toBe(401)
    expect((await signIn(app, { ...ADA, password: NEW })).answer.status).toBe(200)
  })

  it('[ASVS 6.2.3] needs the current password', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const wrong = { current: 'not her own', password: NEW }
    const answer = await app.send('/auth/password', { json: wrong, headers })
    expect([answer.status, answer.json.code]).toEqual([401, 'wrong_credentials'])
    const missing = await app.send('/auth/password', { json: { password: NEW }, headers })
    expect(missing.status).toBe(422)
    expect((await app.send('/auth/session', { headers })).status).toBe(200)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('[family 15] [ASVS 7.4.3] ends all sessions of the user and gives a new one', async () => {
    const app = await openApp()
    const other = await enter(app)
    const bob = await enter(app, BOB)
    const { headers, token } = await signIn(app)
    const { json } = await app.send('/auth/password', { json: change, headers })
    expect(json.token).toMatch(/^plinth_s_/)
    expect(json.token).not.toBe(token)
    const status = async (sent: Record<string, string>) =>
      (await app.send('/auth/session', { headers: sent })).status
    expect(await status(headers)).toBe(401)
    expect(await status(other.headers)).toBe(401)
    expect(await status({ authorization: `Bearer ${json.token}` })).toBe(200)
    expect(await status(bob.headers)).toBe(200)
  })

  it('gives browsers the new session as a cookie', async () => {
    const app = await openApp()
    const { token } = await enter(app)
    const headers = { cookie: `__Host-session=${token}`, origin: ORIGIN }
    const answer = await app.send('/auth/password', { json: change, headers })
    expect([answer.status, answer.text]).toEqual([204, ''])
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(cookie).toMatch(/^__Host-session=plinth_s_[\w-]{43}$/)
    expect(cookie).not.toContain(token)
    expect((await app.send('/auth/session', { headers: { cookie } })).status).toBe(200)
  })

  it('holds the new password against the rules', async () => {
    const app = await openApp()
    const { headers } = await enter(app)
    const json = { current: ADA.password, password: 'password1' }
    const answer = await app.send('/auth/password', { json, headers })
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_input'])
    expect(answer.json.issues).toEqual([
      { path: 'body.password', message: 'This password is one of the commonest.' },
    ])
  })

  it('[family 13] [ASVS 15.4.2] lets one of many changes at once win', async () => {
    const app = await openApp({ limits: { account: { attempts: 100, window: 60_000 } } })
    const { headers } = await enter(app)
    const passwords = Array.from({ length: 20 }, (_, count) => `${NEW} number ${count}`)
    const answers = await Promise.all(
      passwords.map((password) =>
        app.send('/auth/password', { json: { current: ADA.password, password }, headers }),
      ),
    )
    const winners = answers.flatMap(({ status }, at) => (status === 200 ? [at] : []))
    expect(winners).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
    const [winner = -1] = winners
    for (const [at, password] of passwords.entries()) {
      if (at !== winner && at > 2) continue
      const { status } = (await signIn(app, { ...ADA, password })).answer
      expect(status).toBe(at === winner ? 200 : 401)
    }
    const [first, ...rest] = answers.filter(({ status }) => status === 401).map(visible)
    for (const other of rest) expect(other).toEqual(first)
  })

  it('leaves no session behind that the old password opened', async () => {
    const app = await openApp({ limits: { account: { attempts: 100, window: 60_000 } } })
    const { headers } = await enter(app)
    const [changed, ...entered] = await Promise.all([
      app.send('/auth/password', { json: change, headers }),
      ...Array.from({ length: 20 }, () => signIn(app)),
    ])
    expect(changed.status).toBe(200)
    for (const { answer, headers: own } of entered) {
      if (answer.status !== 200) continue
      expect((await app.send('/auth/session', { headers: own })).status).toBe(401)
    }
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('fails in a session that was ended meanwhile', async () => {
    const app = await openApp()
    const thief = await enter(app)
    const owner = await signIn(app)
    const path = `/auth/sessions/${thief.session.id}`
    const [changed, revoked] = await Promise.all([
      app.send('/auth/password', { json: change, headers: thief.headers }),
      app.send(path, { method: 'DELETE', headers: owner.headers }),
    ])
    expect([revoked.status, changed.status]).toEqual([204, 401])
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('is limited for a session, not for sign-in', async () => {
    const app = await openApp({ limits: { account: { attempts: 3, window: 60_000 } } })
    const { headers } = await enter(app)
    const guess = { current: 'not her own', password: NEW }
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      statuses.push((await app.send('/auth/password', { json: guess, headers })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect((await app.send('/auth/password', { json: change, headers })).status).toBe(429)
    expect((await signIn(app)).answer.status).toBe(200)
  })
})
