import { enter, linkedToken, signIn } from '../../auth-app.ts'
import type { Flow } from '../flow.ts'

/** What people do with sessions, and with their account as a whole. */
export const accountFlows: readonly Flow[] = [
  {
    name: 'a refresh token',
    once: true,
    async prepare(app) {
      const { answer } = await enter(app)
      return { path: '/auth/refresh', json: { refresh: answer.json.refresh } }
    },
  },
  {
    name: 'a sign-out',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { method: 'POST', path: '/auth/sign-out', headers }
    },
  },
  {
    name: 'the end of another session',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      const { session } = await signIn(app)
      return { method: 'DELETE', path: `/auth/sessions/${session.id}`, headers }
    },
  },
  {
    name: 'the end of all other sessions',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      await signIn(app)
      return { method: 'DELETE', path: '/auth/sessions', headers }
    },
  },
  {
    name: 'asking to change the address',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { path: '/auth/email', json: { email: 'ada@elsewhere.example' }, headers }
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
    name: 'a new name of the account',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { method: 'PATCH', path: '/auth/account', json: { name: 'Ada' }, headers }
    },
  },
  {
    name: 'the deletion of the account',
    once: true,
    async prepare(app) {
      const { headers } = await enter(app)
      return { method: 'DELETE', path: '/auth/account', headers }
    },
  },
]
