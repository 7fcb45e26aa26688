import { Hono } from 'hono'
import { type Backend, type BackendOptions, backend } from 'plinth'
import { type MountOptions, mount, operation, resource } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { client } from 'plinth/client'
import { id, ref, type TableOptions, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import type { LogRecord, SpanRecord } from 'plinth/kernel'
import { createFakeClock, createVisitor, recordSignals, signIn } from 'plinth/testing'
import * as v from 'valibot'
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'

const columns = {
  id: id(),
  owner: ref(users, { default: 'actor' }),
  title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
  createdAt: timestamp({ default: 'now' }),
}
const notes = table('notes', columns, { policy: { all: (actor) => ({ owner: actor.id }) } })
const ada = { email: 'ada@example.com', password: 'a long enough one' }

function options() {
  return {
    data: sqlite(':memory:', [notes]),
    auth: auth({ factors: [password()] }),
    api: { notes: resource(notes) },
    monitor: { logs: false },
  } as const
}

async function opened<T extends Backend>(app: Promise<T>): Promise<T> {
  const open = await app
  onTestFinished(() => open.close())
  return open
}

test('follows one request through its queries and password hash', async () => {
  const app = await opened(backend(options()))
  await createVisitor(app).fetch('/auth/sign-up', { json: ada })
  const recorder = recordSignals(app.signals)
  const traceId = 'a'.repeat(32)
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }
  const response = await createVisitor(app).fetch('/auth/sign-in', { json: ada, headers })
  expect(response.status).toBe(200)
  const request = recorder.spans.find(({ kind }) => kind === 'server') as SpanRecord
  const children = recorder.spans.filter((span) => span !== request)
  expect(request).toMatchObject({
    name: 'POST /auth/sign-in',
    traceId,
    parentSpanId: 'b'.repeat(16),
  })
  expect(children.map(({ name }) => name)).toContain('select users')
  expect(children.some(({ kind }) => kind === 'internal')).toBe(true)
  const transactions = children.filter(({ name }) => name === 'transaction')
  const parents = new Set([request, ...transactions].map(({ spanId }) => spanId))
  for (const span of children) {
    expect(span.traceId).toBe(traceId)
    expect(parents).toContain(span.parentSpanId)
  }
  expect(recorder.logs.find(({ event }) => event === 'auth.sign_in')?.trace?.traceId).toBe(traceId)
})

test('keeps nothing of a request that fails half-way', async () => {
  const twice = operation({
    method: 'POST',
    path: '/twice',
    body: v.object({ refuse: v.picklist(['throw', 'answer', 'no']) }),
    responses: { 201: null, 409: null },
    async handler({ db, body }) {
      await db.create(notes, { title: 'first' })
      await db.create(notes, { title: 'second' })
      if (body.refuse === 'throw') throw new Error('broken')
      return { status: body.refuse === 'answer' ? 409 : 201 }
    },
  })
  const logs: LogRecord[] = []
  const app = await opened(backend({ ...options(), api: { twice } }))
  app.signals.subscribe({ log: (record) => void logs.push(record) })
  const visitor = await signIn(app, ada)
  const stored = () => app.database.system.count(notes)
  expect((await visitor.fetch('/twice', { json: { refuse: 'throw' } })).status).toBe(500)
  expect((await visitor.fetch('/twice', { json: { refuse: 'answer' } })).status).toBe(409)
  expect(await stored()).toBe(0)
  expect((await visitor.fetch('/twice', { json: { refuse: 'no' } })).status).toBe(201)
  expect(await stored()).toBe(2)
  expect(logs.some(({ error }) => error instanceof Error && error.message === 'broken')).toBe(true)
})

test('gives the client the types of its operations', async () => {
  const app = await opened(backend(options()))
  const { token } = await signedIn(app)
  const api = client<typeof app>('https://app.test', {
    fetch: (request) => app.fetch(new Request(request)),
    token,
  })
  const created = await api.notes.create({ body: { title: 'First' } })
  if (created.status !== 201) throw new Error(`answered ${created.status}`)
  expectTypeOf(created.body.title).toEqualTypeOf<string>()
  expectTypeOf(created.body.createdAt).toEqualTypeOf<string>()
  const listed = await api.notes.list({ query: { limit: 10 } })
  expect(listed.status === 200 && listed.body.items).toEqual([created.body])
  // @ts-expect-error there is no such operation
  expect(() => api.notes.destroy).toBeDefined()
})

async function signedIn(app: Backend): Promise<{ token: string }> {
  const visitor = createVisitor(app)
  await visitor.fetch('/auth/sign-up', { json: ada })
  const response = await visitor.fetch('/auth/sign-in', { json: { ...ada, transport: 'bearer' } })
  return (await response.json()) as { token: string }
}

test('hands what it does not know to a Hono app', async () => {
  const fallback = new Hono().get('/hello', (context) => context.text('from hono'))
  const app = await opened(backend({ ...options(), fallback: fallback.fetch }))
  expect(await (await createVisitor(app).fetch('/hello')).text()).toBe('from hono')
  expect((await createVisitor(app).fetch('/health')).status).toBe(200)
})

test('can be mounted in a Hono app', async () => {
  const app = await opened(backend(options()))
  const hono = new Hono().mount('/api', app.fetch)
  expect((await hono.fetch(new Request('https://app.test/api/health'))).status).toBe(200)
})

test('takes the time from the clock it is given', async () => {
  const clock = createFakeClock('2030-01-01T00:00:00Z')
  const app = await opened(backend({ ...options(), clock }))
  const visitor = await signIn(app, ada)
  const response = await visitor.fetch('/notes', { json: { title: 'First' } })
  expect(await response.json()).toMatchObject({ createdAt: '2030-01-01T00:00:00.000Z' })
})

test('serves tables without auth to nobody but by constant rules', async () => {
  const rows = table('rows', { id: id(), text: v.string() }, { policy: { read: true } })
  const app = await opened(
    backend({
      data: sqlite(':memory:', [rows]),
      api: { rows: resource(rows) },
      monitor: { logs: false },
    }),
  )
  const visitor = createVisitor(app)
  expect((await visitor.fetch('/rows')).status).toBe(200)
  expect([401, 403, 405]).toContain((await visitor.fetch('/rows', { json: { text: 'x' } })).status)
  expect(await app.database.system.count(rows)).toBe(0)
})

async function startError(change: Partial<BackendOptions>): Promise<string> {
  try {
    const app = await backend({ ...options(), ...change } as BackendOptions)
    await app.close()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('it started')
}

test('names the policy that names an unknown column', async () => {
  const wrong = (rules: object) =>
    table('wrong', { id: id() }, { policy: rules } as TableOptions<{ id: ReturnType<typeof id> }>)
  expect(() => wrong({ read: { ownr: 'x' } })).toThrow(/table\("wrong"\).*ownr/)
  const data = sqlite(':memory:', [
    wrong({ read: (actor: { id: string }) => ({ ownr: actor.id }) }),
  ])
  expect(await startError({ data })).toMatch(/table\("wrong"\) policy\.read: ownr/)
})

test('names two operations on one path', async () => {
  const api = { notes: resource(notes), again: resource(notes) }
  const message = await startError({ api })
  for (const part of ['notes.list', 'again.list', 'GET /notes']) expect(message).toContain(part)
})

test('names a resource whose table the database does not have', async () => {
  expect(await startError({ data: sqlite(':memory:', []) })).toBe(
    'operation notes.list: table "notes" is not among those of the database; list it there',
  )
})

test('names a table that stands in the place of its operations', async () => {
  const api = { notes } as object as NonNullable<BackendOptions['api']>
  expect(await startError({ api })).toBe(
    'operation notes: is table "notes"; expected resource(notes)',
  )
})

test('names the database that a tree was mounted without', () => {
  expect(() => mount({}, {} as MountOptions)).toThrow(
    'mount({ database }): expected what open() gives; got undefined',
  )
})

test('warns of a resource that nobody may use', async () => {
  const lines: string[] = []
  const drafts = table('drafts', { id: id() })
  const app = await backend({
    data: sqlite(':memory:', [drafts]),
    api: { drafts: resource(drafts) },
    monitor: { logs: { write: (line) => lines.push(line) } },
  })
  await app.close()
  expect(lines.join('')).toContain(
    '"message":"table \\"drafts\\" has no policy: nobody may read or write its rows"',
  )
})

test('names a column that refers to a table of a missing module', async () => {
  const { data } = options()
  const alone = backend({ data, monitor: { logs: false } })
  await expect(alone).rejects.toThrow(/table\("notes"\) column "owner": .*"users".* add the module/)
})

test('names an operation that hides one of its own', async () => {
  expect(await startError({ api: { health: resource(notes) } })).toMatch(/health is taken/)
})

test('names two tables of one name', async () => {
  const other = table('notes', { id: id() })
  expect(await startError({ data: sqlite(':memory:', [notes, other]) })).toMatch(/notes/)
})

test('names a part that is not what it must be', async () => {
  const wrong = (change: object) => startError(change as Partial<BackendOptions>)
  expect(await wrong({ data: undefined })).toMatch(/^backend\({ data }\): expected a database/)
  expect(await wrong({ data: 'notes.db' })).toMatch(/got string/)
  expect(await wrong({ auth })).toMatch(/^backend\({ auth }\): expected auth\(.*got function/)
})

test('names a misspelt option of each part', async () => {
  const misspelt = { polcy: { all: true } } as object
  expect(() => table('misspelt', { id: id() }, misspelt)).toThrow(/polcy/)
  expect(() => auth({ factors: [password()], sesion: {} } as object as { factors: [] })).toThrow(
    /sesion/,
  )
  const wrong = (change: object) => startError(change as Partial<BackendOptions>)
  expect(await wrong({ moniter: {} })).toBe(
    'backend(): option "moniter" is unknown; expected data, auth, audit, api, monitor, migrate, ' +
      'title, version, about, servers, license, contact, termsOfService, tags, clock, fallback, ' +
      'limits, trustedOrigins, compress, outbound, redirects, describe, verify, development',
  )
  expect(await wrong({ monitor: { log: false } })).toMatch(/^monitor: option "log" is unknown/)
  expect(await wrong({ monitor: { logs: { levle: 'warn' } } })).toMatch(/monitor\.logs: .*levle/)
  expect(() => sqlite(':memory:', [], { enginee: 'node' } as object)).toThrow(/enginee/)
})
