import { ADA, type AuthApp, enter, linkedToken, sentCode } from '../../auth-app.ts'
import { bearer, type Flow } from '../flow.ts'

const NUMBER = '+4915112345678'

/** By what is mailed, and by short messages. */
export const mailedFlows: readonly Flow[] = [
  {
    name: 'asking for a magic link',
    once: false,
    prepare: async () => ({ path: '/auth/magic-link', json: { email: ADA.email } }),
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
    name: 'asking for a code by e-mail',
    once: false,
    prepare: async () => ({ path: '/auth/email-code', json: { email: ADA.email } }),
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
    name: 'asking to add a telephone number',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { path: '/auth/phones', json: { number: NUMBER }, headers }
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
    name: 'asking for a code by message',
    once: false,
    async prepare(app) {
      await addPhone(app)
      return { path: '/auth/sms-code', json: { number: NUMBER } }
    },
  },
  {
    name: 'a code by message',
    once: true,
    async prepare(app) {
      await addPhone(app)
      const { json } = await app.send('/auth/sms-code', { json: { number: NUMBER } })
      const code = await sentCode(app, NUMBER)
      const { challenge } = json
      return { path: '/auth/sms-code/confirm', json: { challenge, code, ...bearer } }
    },
  },
  {
    name: 'the removal of a telephone number',
    once: true,
    async prepare(app) {
      const headers = await addPhone(app)
      const { json } = await app.send('/auth/phones', { headers })
      return { method: 'DELETE', path: `/auth/phones/${json.items[0].id}`, headers }
    },
  },
]

/** Signs up with a telephone number; answers the headers of the session. */
async function addPhone(app: AuthApp) {
  const { headers } = await enter(app)
  const added = await app.send('/auth/phones', { json: { number: NUMBER }, headers })
  const json = { challenge: added.json.challenge, code: await sentCode(app, NUMBER) }
  await app.send('/auth/phones/confirm', { json, headers })
  return headers
}
