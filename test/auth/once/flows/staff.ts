import { type AuthApp, BOB, enter } from '../../auth-app.ts'
import { bearer, type Flow } from '../flow.ts'
import { enterStaff } from '../settings.ts'

/** What staff do with users. */
export const staffFlows: readonly Flow[] = [
  {
    name: 'a ban',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBoth(app)
      return { path: `${path}/ban`, json: { reason: 'spam' }, headers }
    },
  },
  {
    name: 'the end of a ban',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBoth(app)
      await app.send(`${path}/ban`, { json: { reason: 'spam' }, headers })
      return { method: 'POST', path: `${path}/unban`, headers }
    },
  },
  {
    name: 'the end of the sessions of a user',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBoth(app)
      return { method: 'DELETE', path: `${path}/sessions`, headers }
    },
  },
  {
    name: 'acting as a user',
    once: false,
    async prepare(app) {
      const { headers, path } = await openBoth(app)
      return { path: `${path}/impersonate`, json: { reason: 'ticket 17', ...bearer }, headers }
    },
  },
  {
    name: 'the end of acting as a user',
    once: true,
    async prepare(app) {
      const { headers, path } = await openBoth(app)
      const json = { reason: 'ticket 17', ...bearer }
      const begun = await app.send(`${path}/impersonate`, { json, headers })
      const acting = { authorization: `Bearer ${begun.json.token}` }
      return { method: 'DELETE', path: '/auth/staff/impersonation', headers: acting }
    },
  },
]

/** Staff, and Bob whom they may act on. */
async function openBoth(app: AuthApp) {
  const { headers } = await enterStaff(app)
  const { user } = await enter(app, BOB)
  return { headers, path: `/auth/staff/users/${user.id}` }
}
