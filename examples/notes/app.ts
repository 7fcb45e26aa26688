import { type BackendOptions, backend } from 'plinth'
import { anyone, operation, resource, role } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { id, ref, table } from 'plinth/data'
import * as v from 'valibot'

export const notes = table(
  'notes',
  { id: id(), owner: ref(users, { default: 'actor' }), text: v.pipe(v.string(), v.nonEmpty()) },
  { indexes: [['owner']], policy: { all: (actor) => ({ owner: actor.id }) } },
)

const count = operation({
  method: 'GET',
  path: '/notes-count',
  guard: role('admin'),
  responses: { 200: v.object({ notes: v.number() }) },
  handler: async ({ db }) => ({ status: 200, body: { notes: await db.system.count(notes) } }),
})

const api = { notes: { ...resource(notes), count } }

export const createApp = (options: Pick<BackendOptions, 'data' | 'monitor'>) =>
  backend({ ...options, auth: auth({ factors: [password()] }), api, describe: { guard: anyone } })
