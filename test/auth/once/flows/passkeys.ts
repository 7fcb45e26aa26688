import { enter } from '../../auth-app.ts'
import { createAuthenticator } from '../../passkeys/authenticator.ts'
import {
  bearer as bearerOf,
  creationOptions,
  member,
  secondFactorOptions,
  showPassword,
  signInOptions,
  signInWith,
} from '../../passkeys/ceremony.ts'
import { bearer, type Flow } from '../flow.ts'

/** With passkeys. */
export const passkeyFlows: readonly Flow[] = [
  {
    name: 'asking to add a passkey',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { method: 'POST', path: '/auth/passkeys/options', headers }
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
    name: 'asking to sign in with a passkey',
    once: false,
    // Its challenge is signed.
    stores: false,
    prepare: async () => ({ method: 'POST', path: '/auth/sign-in/passkey/options' }),
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
    name: 'asking for a passkey as second factor',
    once: false,
    async prepare(app) {
      await member(app)
      const pending = await showPassword(app)
      return { path: '/auth/second-factor/passkey/options', json: { pending } }
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
  {
    name: 'a new name of a passkey',
    once: false,
    async prepare(app) {
      const { headers, passkey } = await member(app)
      const json = { name: 'the blue one' }
      return { method: 'PATCH', path: `/auth/passkeys/${passkey.id}`, json, headers }
    },
  },
  {
    name: 'the removal of a passkey',
    once: true,
    async prepare(app) {
      const { authenticator, passkey } = await member(app)
      const headers = bearerOf(await signInWith(app, authenticator))
      return { method: 'DELETE', path: `/auth/passkeys/${passkey.id}`, headers }
    },
  },
]
