import { ADA, type AuthApp, enter, linkedToken, sentCode } from '../auth-app.ts'
import { createAuthenticator } from '../passkeys/authenticator.ts'
import {
  creationOptions,
  member,
  secondFactorOptions,
  showPassword,
  signInOptions,
} from '../passkeys/ceremony.ts'
import { codeAt, enrol, signInHalf } from '../totp/authenticator.ts'
import type { Spending } from './races.ts'

/** A way through auth that writes: what leads up to its last request, and that request. */
export interface Flow {
  readonly name: string
  /** Whether the request spends a secret: of many at once, exactly one succeeds. */
  readonly once: boolean
  prepare(app: AuthApp): Promise<Spending>
}

const bearer = { transport: 'bearer' } as const
const NEW_PASSWORD = 'another horse entirely'
const NUMBER = '+4915112345678'

export const flows: readonly Flow[] = [
  {
    name: 'a sign-up',
    once: false,
    prepare: async () => ({ path: '/auth/sign-up', json: ADA }),
  },
  {
    name: 'the confirmation of a sign-up',
    once: true,
    async prepare(app) {
      await app.send('/auth/sign-up', { json: ADA })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/sign-up/confirm', json: { token, password: ADA.password, ...bearer } }
    },
  },
  {
    name: 'a sign-in',
    once: false,
    async prepare(app) {
      await enter(app)
      return { path: '/auth/sign-in', json: { ...ADA, ...bearer } }
    },
  },
  {
    name: 'a change of the password',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const json = { current: ADA.password, password: NEW_PASSWORD }
      return { path: '/auth/password', json, headers }
    },
  },
  {
    name: 'asking for a reset',
    once: false,
    async prepare(app) {
      await enter(app)
      return { path: '/auth/reset', json: { email: ADA.email } }
    },
  },
  {
    name: 'a reset',
    once: true,
    async prepare(app) {
      await enter(app)
      await app.send('/auth/reset', { json: { email: ADA.email } })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/reset/confirm', json: { token, password: NEW_PASSWORD, ...bearer } }
    },
  },
  {
    name: 'a magic link',
    once: true,
    async prepare(app) {
      await enter(app)
      await app.send('/auth/magic-link', { json: { email: ADA.email } })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/magic-link/confirm', json: { token, ...bearer } }
    },
  },
  {
    name: 'a magic link that makes an account',
    once: true,
    async prepare(app) {
      await app.send('/auth/magic-link', { json: { email: ADA.email } })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/magic-link/confirm', json: { token, ...bearer } }
    },
  },
  {
    name: 'a code by e-mail',
    once: true,
    async prepare(app) {
      await enter(app)
      const { json } = await app.send('/auth/email-code', { json: { email: ADA.email } })
      const code = await sentCode(app, ADA.email)
      const { challenge } = json
      return { path: '/auth/email-code/confirm', json: { challenge, code, ...bearer } }
    },
  },
  {
    name: 'a telephone number',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const { json } = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
      const code = await sentCode(app, NUMBER)
      return { path: '/auth/phones/confirm', json: { challenge: json.challenge, code }, headers }
    },
  },
  {
    name: 'a code by message',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const added = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
      const proof = { challenge: added.json.challenge, code: await sentCode(app, NUMBER) }
      await app.send('/auth/phones/confirm', { json: proof, headers })
      const { json } = await app.send('/auth/sms-code', { json: { number: NUMBER } })
      const code = await sentCode(app, NUMBER)
      const { challenge } = json
      return { path: '/auth/sms-code/confirm', json: { challenge, code, ...bearer } }
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
    name: 'a refresh token',
    once: true,
    async prepare(app) {
      const { answer } = await enter(app)
      return { path: '/auth/refresh', json: { refresh: answer.json.refresh } }
    },
  },
  {
    name: 'a change of address',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const email = 'ada@elsewhere.example'
      await app.send('/auth/email', { json: { email }, headers })
      const token = await linkedToken(app, email)
      return { path: '/auth/email/confirm', json: { token }, headers }
    },
  },
  {
    name: 'a new passkey',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const authenticator = await createAuthenticator()
      const credential = await authenticator.create(await creationOptions(app, headers))
      return { path: '/auth/passkeys', json: { credential }, headers }
    },
  },
  {
    name: 'a passkey',
    once: true,
    async prepare(app) {
      const { authenticator } = await member(app)
      const credential = await authenticator.get(await signInOptions(app))
      return { path: '/auth/sign-in/passkey', json: { credential, ...bearer } }
    },
  },
  {
    name: 'a passkey as second factor',
    once: true,
    async prepare(app) {
      const { authenticator } = await member(app)
      const pending = await showPassword(app)
      const credential = await authenticator.get(await secondFactorOptions(app, pending))
      return { path: '/auth/second-factor/passkey', json: { credential, pending, ...bearer } }
    },
  },
]
