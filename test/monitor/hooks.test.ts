import { id, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { anyone, createApp } from 'plinth/http'
import {
  createSignals,
  createTrace,
  type LogRecord,
  type Measurement,
  PlinthError,
  type Signals,
} from 'plinth/kernel'
import {
  type ErrorReported,
  type EventReported,
  type Hooks,
  type LimitHit,
  openMonitor,
  type QueryEnded,
  type RequestEnded,
  type TransactionEnded,
} from 'plinth/monitor'
import * as v from 'valibot'
import { expect, expectTypeOf, test } from 'vitest'

test('tells hooks of requests, queries, events and errors', async () => {
  const signals = createSignals()
  const told: {
    request: RequestEnded[]
    query: QueryEnded[]
    event: EventReported[]
    error: ErrorReported[]
  } = {
    request: [],
    query: [],
    event: [],
    error: [],
  }
  const { operations } = openMonitor({
    signals,
    logs: false,
    hooks: {
      request: (request) => void told.request.push(request),
      query: (query) => void told.query.push(query),
      event: (event) => void told.event.push(event),
      error: (error) => void told.error.push(error),
    },
  })
  await createApp({ operations, signals }).fetch(new Request('http://localhost/health'))
  const { traceId, spanId } = createTrace()
  const query = { traceId, spanId, parentSpanId: undefined, sampled: true, start: 0, duration: 2 }
  signals.span({ ...query, name: 'select notes', kind: 'client', attributes: {} })
  signals.log({ level: 'info', message: 'm', event: 'auth.sign_in', attributes: { user: 'u' } })
  signals.log({ level: 'error', message: 'e', error: new Error('x') })
  await nextTurn()
  expect(told.request).toMatchObject([{ method: 'GET', route: '/health', status: 200 }])
  expect(told.query).toMatchObject([{ summary: 'select notes', duration: 2, trace: { traceId } }])
  expect(told.event).toMatchObject([{ name: 'auth.sign_in', attributes: { user: 'u' } }])
  expect(told.error).toMatchObject([{ message: 'e' }])
})

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5))

const span = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  parentSpanId: undefined,
  sampled: true,
  start: 0,
  duration: 2,
} as const

function hooked(hooks: Hooks): { signals: Signals; failures: Measurement[]; logs: LogRecord[] } {
  const signals = createSignals()
  const failures: Measurement[] = []
  const logs: LogRecord[] = []
  openMonitor({ signals, logs: false, hooks })
  signals.subscribe({
    measurement: (record) => void failures.push(record),
    log: (record) => void logs.push(record),
  })
  return { signals, failures, logs }
}

test('tells of transactions, sign-ins, denials, limits and slowness', async () => {
  const told: [string, object][] = []
  const tell = (name: string) => (what: object) => void told.push([name, what])
  const { signals } = hooked({
    transaction: tell('transaction'),
    signIn: tell('signIn'),
    denial: tell('denial'),
    limitHit: tell('limitHit'),
    slow: tell('slow'),
    slowAfter: 10,
  })
  const request = (status: number, more: object = {}) =>
    signals.span({
      ...span,
      name: 'GET /notes',
      kind: 'server',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/notes',
        'http.response.status_code': status,
        'client.address': '::1',
      },
      ...more,
    })
  signals.span({
    ...span,
    name: 'transaction',
    kind: 'internal',
    attributes: { 'plinth.transaction.outcome': 'committed', 'plinth.transaction.attempts': 2 },
  })
  signals.log({
    level: 'warn',
    message: 'm',
    event: 'auth.sign_in_failed',
    attributes: { 'client.address': '::1', 'plinth.auth.reason': 'password' },
  })
  request(403)
  request(401)
  request(429)
  request(503, { error: new PlinthError('overloaded', 'busy', { status: 503 }) })
  request(200, { duration: 11 })
  signals.measure({ name: 'plinth.http.shed', type: 'counter', unit: '{request}', value: 1 })
  await nextTurn()
  expect(told).toMatchObject([
    ['transaction', { outcome: 'committed', attempts: 2 }],
    ['signIn', { succeeded: false, address: '::1', reason: 'password' }],
    ['denial', { status: 403, route: '/notes', address: '::1' }],
    ['denial', { status: 401 }],
    ['limitHit', { limit: 'rate', route: '/notes' }],
    ['limitHit', { limit: 'concurrency' }],
    ['slow', { kind: 'request', name: 'GET /notes', duration: 11 }],
    ['limitHit', { limit: 'shed' }],
  ])
})

test('calls no query hook for requests to other servers', async () => {
  const told: unknown[] = []
  const { signals } = hooked({ query: (query) => void told.push(query) })
  const attributes = { 'http.request.method': 'GET' }
  signals.span({ ...span, name: 'GET', kind: 'client', attributes })
  await nextTurn()
  expect(told).toEqual([])
})

test('answers before it calls a hook, and though it throws', async () => {
  let called = false
  const signals = createSignals()
  const { operations } = openMonitor({
    signals,
    logs: false,
    hooks: {
      request() {
        called = true
        throw new Error('broken hook')
      },
    },
  })
  const app = createApp({ operations, signals })
  expect((await app.fetch(new Request('http://localhost/health'))).status).toBe(200)
  expect(called).toBe(false)
  await nextTurn()
  expect(called).toBe(true)
})

test('counts each failure of a hook and logs the first of a minute', async () => {
  const { signals, failures, logs } = hooked({
    event: () => Promise.reject(new Error('broken hook')),
  })
  for (let i = 0; i < 3; i += 1) signals.log({ level: 'info', message: 'm', event: 'x' })
  await nextTurn()
  expect(failures).toHaveLength(3)
  expect(failures[0]).toMatchObject({
    name: 'plinth.monitor.hook.failures',
    attributes: { 'plinth.hook': 'event', 'error.type': 'thrown' },
  })
  const reports = logs.filter(({ event }) => event === 'plinth.monitor.hook_failed')
  expect(reports).toMatchObject([{ level: 'error', error: { message: 'broken hook' } }])
})

test('ends when the hooks of errors and events fail themselves', async () => {
  let calls = 0
  const fail = () => {
    calls += 1
    throw new Error('broken hook')
  }
  const { signals } = hooked({ error: fail, event: fail })
  signals.log({ level: 'error', message: 'm', event: 'x', error: new Error('first') })
  await nextTurn()
  await nextTurn()
  expect(calls).toBe(2)
})

test('bounds calls that never settle and calls that wait', async () => {
  let calls = 0
  const { signals, failures } = hooked({
    event() {
      calls += 1
      return new Promise(() => {})
    },
  })
  for (let i = 0; i < 10_005; i += 1) signals.log({ level: 'info', message: 'm', event: 'x' })
  expect(failures).toHaveLength(5)
  await nextTurn()
  expect(calls).toBe(1000)
  expect(failures).toHaveLength(9005)
  expect(failures.at(-1)?.attributes).toMatchObject({ 'error.type': 'never_settles' })
})

test('tells of a call that did not settle while it closed', async () => {
  const signals = createSignals()
  const failures: Measurement[] = []
  const monitor = openMonitor({
    signals,
    logs: false,
    hooks: { event: () => new Promise(() => {}) },
  })
  signals.subscribe({ measurement: (record) => void failures.push(record) })
  signals.log({ level: 'info', message: 'm', event: 'x' })
  await monitor.flush()
  await monitor.flush()
  expect(failures).toMatchObject([{ attributes: { 'plinth.hook': 'event', 'error.type': 'late' } }])
})

test('shows hooks no secret, and the error as it was thrown on request', async () => {
  const told: object[] = []
  const tell = (what: object) => void told.push(what)
  const { signals } = hooked({ request: tell, query: tell, event: tell, error: tell, slow: tell })
  const thrown = new Error('refused hunter2', { cause: { password: 'hunter2' } })
  const given = () => [{ password: 'hunter2' }]
  const attributes = { password: 'hunter2', note: 'password=hunter2' }
  signals.log({
    level: 'error',
    message: 'failed with hunter2',
    event: 'e',
    attributes,
    error: thrown,
    given,
  })
  const record = { ...span, name: 'n', duration: 2000, attributes, error: thrown, given }
  signals.span({ ...record, kind: 'server' })
  signals.span({ ...record, kind: 'client' })
  await nextTurn()
  expect(told).toHaveLength(6)
  expect(JSON.stringify(told)).not.toContain('hunter2')
  const errors = told.filter((what): what is ErrorReported => 'thrown' in what)
  expect(errors.map((reported) => reported.thrown())).toEqual([thrown])
})

test('calls what is waiting before it closes', async () => {
  const signals = createSignals()
  const told: string[] = []
  const hooks: Hooks = { event: ({ name }) => void told.push(name) }
  const monitor = openMonitor({ signals, logs: false, hooks })
  signals.log({ level: 'info', message: 'm', event: 'last' })
  await monitor.close()
  expect(told).toEqual(['last'])
})

test('lets a hook use the database while a transaction runs', async () => {
  const notes = table('notes', { id: id(), title: v.string() })
  let counted: number | undefined
  const { signals, failures } = hooked({
    async query({ summary }) {
      if (summary === 'insert notes') counted = await db.system.count(notes)
    },
  })
  const db = await open(sqlite(':memory:', [notes]), { signals })
  await db.migrate()
  await db.system.transaction(async (tx) => {
    await tx.create(notes, { title: 'a' })
    await nextTurn()
  })
  await nextTurn()
  await db.close()
  expect(counted).toBe(1)
  expect(failures.filter(({ name }) => name === 'plinth.monitor.hook.failures')).toEqual([])
})

test('refuses hooks that are none', () => {
  const opening = (hooks: object) => () => openMonitor({ signals: createSignals(), hooks })
  expect(opening({ signedIn() {} })).toThrow(/monitor\.hooks.*signedIn/)
  expect(opening({ event: 'x' })).toThrow('monitor.hooks.event: expected a function; got string')
  expect(opening({ slowAfter: -1 })).toThrow('monitor.hooks.slowAfter')
})

test('gives hooks the types of what they are told', () => {
  expectTypeOf<Parameters<NonNullable<Hooks['transaction']>>>().toEqualTypeOf<[TransactionEnded]>()
  expectTypeOf<TransactionEnded['outcome']>().toEqualTypeOf<
    'committed' | 'rolled_back' | 'unknown'
  >()
  expectTypeOf<Parameters<NonNullable<Hooks['limitHit']>>>().toEqualTypeOf<[LimitHit]>()
  expectTypeOf<LimitHit['limit']>().toEqualTypeOf<'rate' | 'concurrency' | 'shed'>()
})

test('stops listening when closed', () => {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false, metrics: { guard: anyone } })
  expect(signals.spans).toBe(true)
  monitor.close()
  expect(signals.spans).toBe(false)
})
