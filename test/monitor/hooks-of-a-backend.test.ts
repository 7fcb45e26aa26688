import { backend } from 'plinth'
import { anyone, operation, rateLimit, resource } from 'plinth/api'
import { auth, password } from 'plinth/auth'
import { id, ref, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { createSignals } from 'plinth/kernel'
import { type Hooks, openMonitor } from 'plinth/monitor'
import * as v from 'valibot'
import { afterEach, expect, expectTypeOf, test } from 'vitest'

const boards = table(
  'boards',
  { id: id(), owner: v.string(), title: v.string() },
  { policy: { read: true, create: (actor) => ({ owner: actor.id }) } },
)
const cards = table(
  'cards',
  { id: id(), board: ref(boards), text: v.string() },
  { policy: { read: (actor) => ({ text: actor.id }) } },
)

const ann = { id: 'ann', roles: [] }

type Told = [name: string, what: unknown][]

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function started(hooks: Hooks) {
  const app = await backend({
    data: sqlite(':memory:', [boards, cards]),
    api: {
      boards: resource(boards, { only: ['list', 'create'] }),
      mine: operation({
        method: 'GET',
        path: '/mine',
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      }),
      fail: operation({
        method: 'GET',
        path: '/fail',
        guard: anyone,
        responses: { 204: null },
        handler: () => {
          throw new Error('broken')
        },
      }),
    },
    monitor: { logs: false, hooks },
  })
  open.push(app)
  return app
}

function recording(...names: (keyof Hooks)[]): { told: Told; hooks: Hooks } {
  const told: Told = []
  const hooks = Object.fromEntries(
    names.map((name) => [name, (what: unknown) => void told.push([name, what])]),
  )
  return { told, hooks }
}

const get = (path: string) => new Request(`http://localhost${path}`)

test('tells of the migration at the start, step by step', async () => {
  const { told, hooks } = recording('migration')
  const app = await started(hooks)
  await app.flush()
  expect(told).toContainEqual([
    'migration',
    { database: 'sqlite', kind: 'step', name: 'create table boards' },
  ])
  const count = told.length
  await app.database.migrate()
  await app.flush()
  expect(told).toHaveLength(count)
})

test('tells of a request by its route before it tells of its end', async () => {
  const { told, hooks } = recording('requestStarted', 'request')
  const app = await started(hooks)
  await app.fetch(get('/boards'))
  await app.fetch(get('/reset/0123456789abcdef0123456789abcdef'))
  await app.fetch(new Request('http://localhost/fail', { method: 'BREW' }))
  await app.flush()
  expect(told).toMatchObject([
    ['requestStarted', { method: 'GET', route: '/boards' }],
    ['request', { method: 'GET', route: '/boards' }],
    ['requestStarted', { method: 'GET', route: undefined }],
    ['request', { status: 404 }],
    ['requestStarted', { method: '_OTHER', route: undefined }],
    ['request', { method: '_OTHER', status: 405 }],
  ])
  const [start, end] = told as unknown as [[string, { trace: object }], [string, { trace: object }]]
  expect(start[1].trace).toMatchObject(end[1].trace)
  expect(JSON.stringify(told.filter(([name]) => name === 'requestStarted'))).not.toContain(
    '0123456789abcdef',
  )
})

test('gives requests a trace where only their start is hooked', async () => {
  const { told, hooks } = recording('requestStarted')
  const app = await started(hooks)
  const { headers } = await app.fetch(get('/boards'))
  await app.flush()
  const [, what] = told[0] as [string, { trace: { traceId: string } }]
  expect(headers.get('traceparent')).toContain(what.trace.traceId)
})

test('tells what policies decided, of whom and of which table', async () => {
  const { told, hooks } = recording('policyDecision')
  const { database, flush } = await started(hooks)
  await flush()
  expect(told).toEqual([])
  const as = database.as(ann)
  await as.list(boards)
  const board = await as.create(boards, { owner: 'ann', title: 'secret title' })
  await expect(as.create(boards, { owner: 'bob', title: 'x' })).rejects.toThrow('may not create')
  await expect(as.update(boards, board.id, { title: 'x' })).rejects.toThrow('may not update')
  await as.list(cards)
  await database.as(null).list(cards)
  await database.system.list(boards)
  await flush()
  const decided = { actor: 'ann', trace: undefined }
  expect(told.map(([, what]) => what)).toEqual([
    { ...decided, table: 'boards', operation: 'read', outcome: 'allowed' },
    { ...decided, table: 'boards', operation: 'create', outcome: 'filtered' },
    { ...decided, table: 'boards', operation: 'create', outcome: 'filtered' },
    { ...decided, table: 'boards', operation: 'create', outcome: 'denied' },
    { ...decided, table: 'boards', operation: 'update', outcome: 'denied' },
    { ...decided, table: 'cards', operation: 'read', outcome: 'filtered' },
    { actor: null, trace: undefined, table: 'cards', operation: 'read', outcome: 'denied' },
  ])
  expect(JSON.stringify(told)).not.toContain('secret')
})

test('tells of a sign-in that failed, a denial and a limit', async () => {
  const { told, hooks } = recording('signIn', 'denial', 'limitHit')
  const app = await backend({
    data: sqlite(':memory:', []),
    auth: auth({ factors: [password()] }),
    limits: { requests: [rateLimit({ limit: 1, window: 60_000, by: 'operation' })] },
    monitor: { logs: false, hooks },
  })
  open.push(app)
  const body = JSON.stringify({ email: 'ann@example.com', password: 'wrong horse battery' })
  const signIn = () =>
    app.fetch(
      new Request('http://localhost/auth/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'http://localhost' },
        body,
      }),
    )
  expect([(await signIn()).status, (await signIn()).status]).toEqual([401, 429])
  await app.flush()
  expect(told).toMatchObject([
    ['signIn', { succeeded: false }],
    ['denial', { status: 401, route: '/auth/sign-in' }],
    ['limitHit', { limit: 'rate', route: '/auth/sign-in' }],
  ])
  expect(JSON.stringify(told)).not.toMatch(/horse|ann@/)
})

const EVERY = [
  'requestStarted',
  'request',
  'query',
  'transaction',
  'signIn',
  'denial',
  'policyDecision',
  'migration',
  'limitHit',
  'slow',
  'event',
  'error',
] as const satisfies (keyof Hooks)[]

const BROKEN: Record<string, () => void | Promise<void>> = {
  throwing() {
    throw new Error('broken hook')
  },
  rejecting: () => Promise.reject(new Error('broken hook')),
  'never settling': () => new Promise<void>(() => {}),
}

async function trafficOn(hook: () => void | Promise<void>) {
  const hooks: Hooks = { ...Object.fromEntries(EVERY.map((name) => [name, hook])), slowAfter: 0 }
  const app = await started(hooks)
  const failed = new Set<unknown>()
  app.signals.subscribe({
    measurement({ name, attributes }) {
      if (name === 'plinth.monitor.hook.failures') failed.add(attributes?.['plinth.hook'])
    },
  })
  expect((await app.fetch(get('/fail'))).status).toBe(500)
  expect((await app.fetch(get('/mine'))).status).toBe(401)
  await app.database.as(ann).list(boards)
  await app.database.system.transaction((tx) => tx.list(boards))
  expect((await app.fetch(get('/ready'))).status).toBe(200)
  await app.flush()
  return failed
}

test.each(Object.entries(BROKEN))('serves unharmed with every hook %s', async (_, hook) => {
  await trafficOn(hook)
})

test('reports each hook that throws, by its name', async () => {
  const failed = await trafficOn(() => {
    throw new Error('broken hook')
  })
  const silent = ['signIn', 'limitHit', 'migration', 'event']
  expect([...failed]).toEqual(
    expect.arrayContaining(EVERY.filter((name) => !silent.includes(name))),
  )
})

test('builds nothing where nothing is hooked', async () => {
  const { signals } = await started({})
  expect(signals.spans).toBe(false)
  expect(signals.logs).toBe(false)
  expect(Object.values(signals.events)).toEqual([])
})

test('listens to no more than what is hooked, until it is closed', async () => {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false, hooks: { policyDecision() {} } })
  expect(signals.spans).toBe(false)
  expect(Object.keys(signals.events)).toEqual(['data.policy'])
  await monitor.close()
  expect(Object.values(signals.events)).toEqual([])
})

test('goes on telling one of two when the other stops', () => {
  const signals = createSignals()
  const told: string[] = []
  const listener = (name: string) => ({
    events: { 'data.migration': () => void told.push(name) },
  })
  const stop = signals.subscribe(listener('first'))
  signals.subscribe(listener('second'))
  const step = { database: 'sqlite', kind: 'step', name: 'create table notes' } as const
  signals.events['data.migration']?.(step)
  stop()
  signals.events['data.migration']?.(step)
  expect(told).toEqual(['first', 'second', 'second'])
})

test('gives hooks of events the types of what they are told', () => {
  type Of<Name extends keyof Hooks> = Parameters<
    Extract<Hooks[Name], (...given: never) => unknown>
  >[0]
  expectTypeOf<Of<'policyDecision'>['outcome']>().toEqualTypeOf<'allowed' | 'filtered' | 'denied'>()
  expectTypeOf<Of<'policyDecision'>['actor']>().toEqualTypeOf<string | null>()
  expectTypeOf<Of<'requestStarted'>['route']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Of<'migration'>['kind']>().toEqualTypeOf<'step' | 'file'>()
})
