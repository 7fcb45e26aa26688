import type { AuthEvent } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, ADDRESS, type AuthApp, enter, openApp, signIn } from './app.ts'

const events = ({ recorder }: AuthApp) =>
  recorder.logs.filter(({ event }) => event?.startsWith('auth.'))
const last = (app: AuthApp) => events(app).at(-1)

describe('the log', () => {
  it('[ASVS 16.2.1] [ASVS 16.3.1] tells of every step, with user, session and address', async () => {
    const app = await openApp()
    const { headers, user, session } = await enter(app)
    const own = { 'plinth.user.id': user.id, 'client.address': ADDRESS }
    expect(events(app)).toMatchObject([
      { event: 'auth.sign_up', level: 'info', attributes: own },
      {
        event: 'auth.sign_in',
        level: 'info',
        attributes: { ...own, 'plinth.session.id': session.id },
      },
    ])

    await app.send('/auth/sign-in', { json: { ...ADA, password: 'not her own' } })
    expect(last(app)).toMatchObject({
      event: 'auth.sign_in_failed',
      level: 'warn',
      attributes: own,
    })

    const guess = { current: 'not her own', password: 'a wholly new sentence' }
    await app.send('/auth/password', { json: guess, headers })
    expect(last(app)).toMatchObject({ event: 'auth.password_change_failed', attributes: own })

    const change = { current: ADA.password, password: 'a wholly new sentence' }
    const { json } = await app.send('/auth/password', { json: change, headers })
    const renewed = { authorization: `Bearer ${json.token}` }
    expect(last(app)).toMatchObject({
      event: 'auth.password_changed',
      attributes: { ...own, 'plinth.session.id': json.session.id },
    })

    const other = await signIn(app, { ...ADA, password: change.password })
    const path = `/auth/sessions/${other.session.id}`
    await app.send(path, { method: 'DELETE', headers: renewed })
    expect(last(app)).toMatchObject({
      event: 'auth.session_revoked',
      attributes: { ...own, 'plinth.session.id': other.session.id },
    })

    await app.send('/auth/sign-out', { method: 'POST', headers: renewed })
    expect(last(app)).toMatchObject({
      event: 'auth.sign_out',
      attributes: { ...own, 'plinth.session.id': json.session.id },
    })
  })

  it('tells which limit was reached', async () => {
    const app = await openApp({ limits: { account: { attempts: 1, window: 60_000 } } })
    await app.send('/auth/sign-in', { json: ADA })
    await app.send('/auth/sign-in', { json: ADA })
    expect(last(app)).toMatchObject({
      event: 'auth.limited' satisfies AuthEvent,
      level: 'warn',
      attributes: { 'client.address': ADDRESS, 'plinth.auth.reason': 'account' },
    })
  })

  it('[ASVS 16.2.5] holds no secret and nothing that was typed in', async () => {
    const app = await openApp()
    const { headers, token } = await enter(app)
    await app.send('/auth/sign-in', { json: { ...ADA, password: 'hunter2hunter2' } })
    await app.send('/auth/sign-in', { json: { email: 'hunter2@example.com', password: 'other' } })
    await app.send('/auth/session', { headers })
    await app.send('/auth/sign-out', { method: 'POST', headers })
    const { logs, spans } = app.recorder
    const told = JSON.stringify([logs, spans, logs.map(({ error }) => String(error))])
    for (const secret of [token, ADA.password, ADA.email, 'hunter2', '$argon2id']) {
      expect(told).not.toContain(secret)
    }
  })

  it('has every event within the trace of its request', async () => {
    const app = await openApp()
    await enter(app)
    const requests = app.recorder.spans.filter(({ kind }) => kind === 'server')
    const traces = events(app).map(({ trace }) => trace?.traceId)
    expect(traces).toEqual(requests.map(({ traceId }) => traceId))
    const [hash] = app.recorder.spans.filter(({ name }) => name === 'password hash')
    expect(hash).toMatchObject({ traceId: traces[0], kind: 'internal' })
  })
})
