import { password, refreshTokens, totp } from 'plinth/auth'
import { expect, it } from 'vitest'
import { type AuthApp, MAILING, openApp } from '../app.ts'
import { codeAt, enrol, signInHalf } from '../totp/authenticator.ts'

const opened = () =>
  openApp({ ...MAILING, factors: [password(), totp()], features: [refreshTokens()] })

const renew = (app: AuthApp, refresh: string) => app.send('/auth/refresh', { json: { refresh } })

it('comes with the second factor, not before', async () => {
  const app = await opened()
  const { secret } = await enrol(app)
  const pending = await signInHalf(app)
  expect((await renew(app, pending)).status).toBe(401)
  const json = { pending, code: codeAt(secret, app.clock.now()), transport: 'bearer' }
  const entered = await app.send('/auth/totp/verify', { json })
  const renewed = await renew(app, entered.json.refresh)
  expect(renewed.status).toBe(200)
})

it('comes with the session that steps up, where it came from', async () => {
  const app = await opened()
  const { secret, headers, done } = await enrol(app)
  expect(done.json.refresh).toMatch(/^plinth_r_/)
  const json = { code: codeAt(secret, app.clock.now()) }
  const stepped = await app.send('/auth/totp/verify', { json, headers })
  expect(stepped.status).toBe(200)
  expect(stepped.headers.getSetCookie()).toEqual([])
  expect((await renew(app, done.json.refresh)).status).toBe(401)
  expect((await renew(app, stepped.json.refresh)).status).toBe(200)
})
