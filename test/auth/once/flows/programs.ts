import type { AuthApp } from '../../auth-app.ts'
import type { Flow } from '../flow.ts'
import { AUDIENCE, enterStaff } from '../settings.ts'

/** With keys and tokens for programs. */
export const programFlows: readonly Flow[] = [
  {
    name: 'a new API key',
    once: false,
    async prepare(app) {
      const { headers } = await enterStaff(app)
      return { path: '/auth/api-keys', json: { name: 'key' }, headers }
    },
  },
  {
    name: 'the end of an API key',
    once: true,
    async prepare(app) {
      const { headers } = await enterStaff(app)
      const { json } = await app.send('/auth/api-keys', { json: { name: 'key' }, headers })
      return { method: 'DELETE', path: `/auth/api-keys/${json.apiKey.id}`, headers }
    },
  },
  {
    name: 'a new service account',
    once: false,
    async prepare(app) {
      const { headers } = await enterStaff(app)
      return { path: '/auth/service-accounts', json: BOT, headers }
    },
  },
  {
    name: 'the end of a service account',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBot(app)
      return { method: 'POST', path: `${path}/disable`, headers }
    },
  },
  {
    name: 'a new key of a service account',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBot(app)
      return { path: `${path}/keys`, json: { name: 'key' }, headers }
    },
  },
  {
    name: 'the end of a key of a service account',
    once: true,
    async prepare(app) {
      const { headers, path } = await openBot(app)
      const { json } = await app.send(`${path}/keys`, { json: { name: 'key' }, headers })
      return { method: 'DELETE', path: `${path}/keys/${json.apiKey.id}`, headers }
    },
  },
  {
    name: 'a token for a service',
    once: false,
    stores: false,
    async prepare(app) {
      const { headers } = await enterStaff(app)
      return { path: '/auth/token', json: { audience: AUDIENCE }, headers }
    },
  },
]

const BOT = { name: 'bot', permissions: ['orders:read'] }

async function openBot(app: AuthApp) {
  const { headers } = await enterStaff(app)
  const { json } = await app.send('/auth/service-accounts', { json: BOT, headers })
  return { headers, path: `/auth/service-accounts/${json.id}` }
}
