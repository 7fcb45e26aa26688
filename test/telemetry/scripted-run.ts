import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Backend, backend } from 'plinth'
import { anyone, operation, resource } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { id, ref, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import type { MonitorOptions } from 'plinth/monitor'
import { createVisitor, type Recorder, recordSignals, signIn } from 'plinth/testing'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'

const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
    createdAt: timestamp({ default: 'now' }),
  },
  { indexes: [['owner', 'createdAt']], policy: { all: (actor) => ({ owner: actor.id }) } },
)

const broken = operation({
  method: 'GET',
  path: '/broken',
  guard: anyone,
  responses: { 204: null },
  handler: (): never => {
    throw new TypeError('a part of the handler is broken')
  },
})

/** Asks another server, which may be another back end. */
const asksAt = (origin: string) =>
  operation({
    method: 'POST',
    path: '/asks',
    responses: { 200: v.object({ status: v.number() }) },
    async handler({ db, fetch }) {
      await db.count(notes)
      const response = await fetch(`${origin}/health`)
      await response.body?.cancel()
      return { status: 200, body: { status: response.status } }
    },
  })

/** A back end with something of everything in it, which asks `origin`. */
export function openApp({ origin, monitor }: { origin: string; monitor: MonitorOptions }) {
  return backend({
    data: sqlite(':memory:', [notes]),
    auth: auth({ factors: [password()] }),
    api: { notes: resource(notes), broken, asks: asksAt(origin) },
    monitor,
  })
}

/** Somebody comes, writes, errs, asks for what is broken and for what others have. */
export async function run(monitor: MonitorOptions): Promise<{ app: Backend; recorder: Recorder }> {
  const other = createServer((_, response) => response.end('fine'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const app = await openApp({ origin: `http://127.0.0.1:${port}`, monitor })
  // A listener of its own, there from before the first request.
  const recorder = recordSignals(app.signals)
  await visit(app)
  return { app, recorder }
}

async function visit(app: Backend): Promise<void> {
  const nobody = createVisitor(app)
  const ada = await signIn(app, { email: 'ada@example.com', password: 'a long enough phrase' })
  for (const title of ['bread', 'ünïcode 🍞', 'milk']) {
    await ada.fetch('/notes', json({ title }))
  }
  await ada.fetch('/notes', json({ title: '' }))
  await ada.fetch('/notes?limit=2')
  await ada.fetch('/notes/00000000-0000-7000-8000-000000000000')
  await nobody.fetch('/notes')
  await nobody.fetch('/nowhere')
  await nobody.fetch('/broken')
  await ada.fetch('/asks', { method: 'POST' })
  const wrong = { email: 'ada@example.com', password: 'a wrong enough phrase' }
  await nobody.fetch('/auth/sign-in', json(wrong))
}

function json(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}
