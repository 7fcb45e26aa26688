import { ADA, enter, linkedToken } from '../../auth-app.ts'
import { bearer, type Flow } from '../flow.ts'

const NEW_PASSWORD = 'another horse entirely'

/** With a password. */
export const passwordFlows: readonly Flow[] = [
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
]
