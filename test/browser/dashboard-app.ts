import { backend } from 'plinth'
import { operation, resource } from 'plinth/api'
import { audit } from 'plinth/audit'
import { auth, password } from 'plinth/auth'
import { id, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { anyone, role } from 'plinth/http'
import { createKeyring, generateKey } from 'plinth/kernel'
import { dashboard } from 'plinth/monitor/dashboard'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'

const notes = table(
  'notes',
  { id: id(), title: v.string(), createdAt: timestamp({ default: 'now' }) },
  { policy: { all: true } },
)

/** Names that would do harm on a page that took them for more than text. */
export const HOSTILE = [
  '<img src=x onerror="globalThis.harmed=1">',
  '"><script>globalThis.harmed=1</script>',
  '\u202egnihton\u202c',
  '\ud800 alone',
  'javascript:globalThis.harmed=1',
]

const base = {
  summary: operation({
    method: 'GET',
    path: '/notes/summary',
    guard: anyone,
    responses: { 200: v.strictObject({ found: v.number() }) },
    handler: async ({ db, log }) => {
      const { items } = await db.list(notes, { limit: 8 })
      let found = 0
      // A query for each row, as it happens in every code base once.
      for (const note of items) if (await db.get(notes, note.id)) found += 1
      log({ level: 'info', message: 'summary written', attributes: { found } })
      return { status: 200, body: { found } }
    },
  }),
  report: operation({
    method: 'GET',
    path: '/reports/:year',
    guard: anyone,
    params: v.strictObject({ year: v.string() }),
    responses: { 200: v.strictObject({ ok: v.boolean() }) },
    handler: ({ params }) => {
      if (params.year === '1999') throw new RangeError('the calendar ends before <b>1999</b>')
      if (params.year === '2000') throw new TypeError(HOSTILE.join(' '))
      return { status: 200, body: { ok: true } }
    },
  }),
  slow: operation({
    method: 'GET',
    path: '/slow',
    guard: anyone,
    responses: { 200: v.strictObject({ ok: v.boolean() }) },
    handler: async () => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return { status: 200, body: { ok: true } }
    },
  }),
  staff: operation({
    method: 'GET',
    path: '/staff',
    guard: role('staff'),
    responses: { 200: v.strictObject({ ok: v.boolean() }) },
    handler: () => ({ status: 200, body: { ok: true } }),
  }),
}

export interface DashboardApp {
  readonly origin: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Sends so many requests of all kinds, without a network between. */
  traffic(count: number): Promise<void>
  /** Ends the server and starts another in its place. */
  restart(): Promise<void>
}

/** Serves a back end with a dashboard, for as long as the test runs. */
export async function serveDashboard(): Promise<DashboardApp> {
  let { app, server, port } = await start(0)
  onTestFinished(() => server.close())
  const origin = `http://localhost:${port}`
  const fetch = (path: string, init?: RequestInit) => app.fetch(new Request(origin + path, init))
  return {
    origin,
    fetch,
    async traffic(count) {
      await sign(fetch)
      const kinds = kindsOf(fetch)
      for (let sent = 0; sent < count; sent += 20) {
        const few = Math.min(20, count - sent)
        await Promise.all(
          Array.from({ length: few }, (_, at) => kinds[(sent + at) % 100]?.(sent + at)),
        )
      }
    },
    async restart() {
      await server.close()
      ;({ app, server } = await start(port))
    },
  }
}

async function start(wanted: number) {
  const app = await backend({
    data: sqlite(':memory:', [notes]),
    auth: auth({
      origin: 'http://localhost',
      keys: createKeyring({ current: 'test', keys: { test: generateKey() } }),
      factors: [password()],
      mail: async () => {},
    }),
    api: { notes: resource(notes, { guard: anyone }), ...base },
    audit: audit({ keys: { current: 'test', keys: { test: generateKey() } } }),
    monitor: { logs: false, parts: [dashboard({ guard: anyone })] },
  })
  const server = await serve(app, { port: wanted, signals: false, onListen: () => {} })
  return { app, server, port: server.port }
}

type Send = DashboardApp['fetch']

type Kind = (number: number) => Promise<unknown>

/** A hundred requests: mostly reads, some writes, refusals and failures. */
function kindsOf(send: Send): Kind[] {
  const read: Kind = () => send('/notes?limit=5')
  const post: Kind = (number) => send('/notes', json({ title: `Note ${number}` }))
  const get = (path: string): Kind => {
    return () => send(path)
  }
  const hostile: Kind = (number) => {
    const name = HOSTILE[Math.floor(number / 100) % HOSTILE.length] ?? ''
    return send(`/nowhere/${encodeURIComponent(name.toWellFormed())}`)
  }
  const rare: Kind[] = [
    ...[post, post, post, post, get('/notes/summary'), get('/notes/summary'), get('/slow')],
    ...[(number: number) => send(`/notes/${number}`), get('/staff'), hostile],
    ...[get('/reports/2024'), get('/reports/1999'), get('/reports/2000')],
  ]
  const kinds = Array.from({ length: 100 }, () => read)
  for (const [at, kind] of rare.entries()) kinds[at * 7] = kind
  return kinds
}

async function sign(send: Send): Promise<void> {
  for (const name of ['ada', 'grace']) {
    await send(
      '/auth/sign-in',
      json({ email: `${name}@example.com`, password: 'wrong horse battery' }),
    )
  }
}

function json(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}
