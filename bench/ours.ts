/**
 * Our side: the README's first example, with metrics shown, filled with the data of the others.
 *
 * `node ours.ts FILE [full|off|export] [COLLECTOR]`
 */
import { backend } from 'plinth'
import { loopback, resource } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { id, ref, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { type MonitorOptions, otlp } from 'plinth/monitor'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { call } from './harness/http.ts'
import { served } from './harness/served.ts'
import * as dataset from './peers/dataset.ts'

const [file = 'ours.db', monitoring = 'full', collector = ''] = process.argv.slice(2)

const metrics = { guard: loopback }
const monitors: Readonly<Record<string, () => MonitorOptions>> = {
  full: () => ({ metrics }),
  off: () => ({ logs: false, metrics: false }),
  export: () => ({ metrics, parts: [otlp({ url: collector })] }),
}

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

const app = await backend({
  data: sqlite(file, [notes]),
  auth: auth({ factors: [password()] }),
  api: { notes: resource(notes) },
  monitor: monitors[monitoring]?.() ?? {},
})
const { url, port } = await serve(app, { port: 0, hostname: '127.0.0.1' })
await fill()
served({
  port,
  signIn: '/auth/sign-in',
  signInInput: { transport: 'bearer' },
  credential: 'bearer',
})

async function fill(): Promise<void> {
  const rows = app.database.system
  if (await rows.first(users, { where: { email: dataset.owner.email } })) return
  const { status, body } = await call(`${url}/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(dataset.owner),
  })
  if (status !== 202) throw new Error(`sign-up answers ${status}: ${body}`)
  const first = await rows.first(users, { where: { email: dataset.owner.email } })
  const others = await rows.createMany(
    users,
    Array.from({ length: dataset.owners - 1 }, (_, i) => ({ email: `${i}@example.com` })),
  )
  const ids = [first, ...others].map((user) => user?.id ?? '')
  const all = [...dataset.notes()].map(({ owner, createdAt, ...note }) => ({
    ...note,
    owner: ids[owner] ?? '',
    createdAt: new Date(createdAt),
  }))
  for (let from = 0; from < all.length; from += 1000) {
    await rows.createMany(notes, all.slice(from, from + 1000))
  }
}
