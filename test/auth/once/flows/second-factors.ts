import { type AuthApp, enter } from '../../auth-app.ts'
import { codeAt, enrol, signInHalf } from '../../totp/authenticator.ts'
import { bearer, type Flow } from '../flow.ts'

/** With authenticator apps and recovery codes. */
export const secondFactorFlows: readonly Flow[] = [
  {
    name: 'the seed of an authenticator app',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { method: 'POST', path: '/auth/totp', headers }
    },
  },
  {
    name: 'the first code of an authenticator app',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const { json } = await app.send('/auth/totp', { method: 'POST', headers })
      const code = codeAt(json.secret, app.clock.now())
      return { path: '/auth/totp/confirm', json: { code }, headers }
    },
  },
  {
    name: 'a code of an authenticator app',
    once: true,
    async prepare(app) {
      const { secret } = await enrol(app)
      const pending = await signInHalf(app)
      const code = codeAt(secret, app.clock.now())
      return { path: '/auth/totp/verify', json: { code, pending, ...bearer } }
    },
  },
  {
    name: 'the removal of an authenticator app',
    once: true,
    async prepare(app) {
      const { headers } = await enrol(app)
      return { method: 'DELETE', path: '/auth/totp', headers }
    },
  },
  {
    name: 'new recovery codes',
    once: false,
    async prepare(app) {
      const { headers } = await enrol(app)
      return { method: 'POST', path: '/auth/recovery-codes', headers }
    },
  },
  {
    name: 'a recovery code',
    once: true,
    async prepare(app) {
      const { headers } = await enrol(app)
      const made = await app.send('/auth/recovery-codes', { method: 'POST', headers })
      const pending = await signInHalf(app)
      const [code] = made.json.codes
      return { path: '/auth/recovery-codes/verify', json: { code, pending, ...bearer } }
    },
  },
  {
    name: 'a device that is remembered',
    once: true,
    async prepare(app) {
      const { secret } = await enrol(app)
      return {
        path: '/auth/totp/verify',
        json: { ...(await secondStep(app, secret)), remember: true },
      }
    },
  },
  {
    name: 'the end of the trust in a device',
    once: true,
    async prepare(app) {
      const { secret, headers } = await enrol(app)
      await remember(app, secret)
      const { json } = await app.send('/auth/devices', { headers })
      return { method: 'DELETE', path: `/auth/devices/${json.items[0].id}`, headers }
    },
  },
  {
    name: 'the end of the trust in all devices',
    once: false,
    async prepare(app) {
      const { secret, headers } = await enrol(app)
      await remember(app, secret)
      return { method: 'DELETE', path: '/auth/devices', headers }
    },
  },
]

async function secondStep(app: AuthApp, secret: string) {
  const pending = await signInHalf(app)
  return { code: codeAt(secret, app.clock.now()), pending, ...bearer }
}

async function remember(app: AuthApp, secret: string): Promise<void> {
  const json = { ...(await secondStep(app, secret)), remember: true }
  await app.send('/auth/totp/verify', { json })
}
