/** The README's back end as a Worker has it: PostgreSQL instead of a file of SQLite. */
import { backend } from 'plinth'
import { resource } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { id, ref, table, timestamp } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { serve } from 'plinth/workers'
import * as v from 'valibot'

const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
    body: v.string(),
    createdAt: timestamp({ default: 'now' }),
  },
  {
    indexes: [['owner', 'createdAt']],
    policy: { all: (actor) => ({ owner: actor.id }) },
  },
)

export const worker = serve((env: { DATABASE_URL: string }) =>
  backend({
    data: postgres(env.DATABASE_URL, [notes]),
    auth: auth({ factors: [password()] }),
    api: { notes: resource(notes) },
  }),
)
