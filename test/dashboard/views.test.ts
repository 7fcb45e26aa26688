import { anyone, defineOperation } from 'plinth/http'
import { createTrace } from 'plinth/kernel'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { openWatched } from './fixture.ts'

const operation = defineOperation()
const hello = operation({
  method: 'GET',
  path: '/hello/:name',
  params: v.strictObject({ name: v.string() }),
  guard: anyone,
  responses: { 200: v.strictObject({ ok: v.boolean() }) },
  handler: ({ params, log }) => {
    if (params.name === 'boom') throw new TypeError('no such greeting')
    log({ level: 'info', message: 'greeted', attributes: { name: params.name } })
    return { status: 200, body: { ok: true } }
  },
})

test('tells of requests as they come, from a cursor on', async () => {
  const { fetch, ask } = openWatched({ guard: anyone, operations: { hello } })
  await fetch('/hello/ada')
  const first = await ask<{ next: number; rows: object[] }>('requests')
  expect(first.rows).toMatchObject([
    { method: 'GET', route: '/hello/{name}', path: '/hello/ada', status: 200 },
  ])
  expect(await ask(`requests?after=${first.next}`)).toMatchObject({ rows: [] })
  await fetch('/nowhere')
  expect(await ask(`requests?after=${first.next}`)).toMatchObject({
    rows: [{ route: null, path: '/nowhere', status: 404 }],
  })
  expect(await ask('requests?search=nowhere')).toMatchObject({ rows: [{ path: '/nowhere' }] })
  expect(await ask('requests?status=refused')).toMatchObject({ rows: [{ path: '/nowhere' }] })
})

test('counts routes with their errors and percentiles', async () => {
  const { fetch, ask } = openWatched({ guard: anyone, operations: { hello } })
  for (const name of ['a', 'b', 'c', 'boom']) await fetch(`/hello/${name}`)
  const { rows } = await ask<{ rows: { p95: number; trend: number[] }[] }>('routes?window=1h')
  expect(rows).toMatchObject([{ route: '/hello/{name}', count: 4, errors: 1, refusals: 0 }])
  expect(rows[0]?.p95).toBeGreaterThan(0)
  expect(rows[0]?.trend).toHaveLength(60)
  expect(await ask('series?window=5m&method=GET&route=/hello/%7Bname%7D')).toMatchObject({
    total: { count: 4 },
  })
})

test('shows a trace with its lines of the log', async () => {
  const { fetch, ask } = openWatched({ guard: anyone, operations: { hello } })
  await fetch('/hello/ada')
  const { rows } = await ask<{ rows: { trace: string }[] }>('requests')
  expect(await ask(`traces/${rows[0]?.trace}`)).toMatchObject({
    spans: [{ name: 'GET /hello/{name}', kind: 'server', parent: null }],
    lines: [{ message: 'greeted', attributes: [['name', 'ada']] }],
  })
})

test('groups errors by type, place and route', async () => {
  const { fetch, ask } = openWatched({ guard: anyone, operations: { hello } })
  await fetch('/hello/boom')
  await fetch('/hello/boom')
  const { rows } = await ask<{ rows: { id: string; place: string; trace: string }[] }>('errors')
  expect(rows).toMatchObject([
    { type: 'TypeError', message: 'no such greeting', route: 'GET /hello/{name}', count: 2 },
  ])
  expect(rows[0]?.place).toMatch(/^dashboard\/views\.test\.ts:\d+:\d+$/)
  expect(await ask(`errors/${rows[0]?.id}`)).toMatchObject({
    failure: { type: 'TypeError', stack: expect.stringContaining('views.test.ts') },
  })
  expect(await ask(`traces/${rows[0]?.trace}`)).toMatchObject({ spans: [{ failed: true }] })
})

test('groups errors that belong to no request once they are old', async () => {
  let now = 1_000_000
  const clock = { now: () => now }
  const { signals, ask } = openWatched({ guard: anyone, ports: { clock } })
  signals.log({ level: 'error', message: 'job failed', error: new Error('lost') })
  now += 5_000
  expect(await ask('errors')).toMatchObject({ rows: [{ message: 'lost', route: null, count: 1 }] })
})

test('adds up statements, and finds those repeated for one request', async () => {
  const { signals, ask } = openWatched({ guard: anyone })
  const { traceId, spanId } = createTrace()
  const attributes = {
    'db.system.name': 'sqlite',
    'db.query.summary': 'select notes',
    'db.query.text': 'SELECT * FROM "notes" WHERE "password" = +?',
  }
  const span = { traceId, sampled: true, start: Date.now() }
  for (let count = 1; count <= 7; count += 1) {
    signals.span({
      ...span,
      name: 'select notes',
      kind: 'client',
      spanId: createTrace().spanId,
      parentSpanId: spanId,
      duration: count,
      attributes,
    })
  }
  signals.span({
    ...span,
    name: 'GET /notes',
    kind: 'server',
    spanId,
    parentSpanId: undefined,
    duration: 30,
    attributes: { 'http.request.method': 'GET', 'http.route': '/notes' },
  })
  expect(await ask('queries')).toMatchObject({
    statements: [{ summary: 'select notes', count: 7, total: 28, longest: 7, trace: traceId }],
    repeated: [{ route: 'GET /notes', most: 7, requests: 1, sql: attributes['db.query.text'] }],
  })
})

test('shows what was reported as slow', async () => {
  const { signals, ask } = openWatched({ guard: anyone })
  const message = 'Slow query: select notes took 900 ms: it reads the whole table.'
  const trace = createTrace()
  signals.log({ level: 'warn', message, event: 'plinth.data.slow_query', trace })
  expect(await ask('queries')).toMatchObject({ slow: [{ message, trace: trace.traceId }] })
})

test('shows sign-ins and denials apart from other lines', async () => {
  const { signals, ask } = openWatched({ guard: anyone })
  signals.log({ level: 'info', message: 'something else' })
  signals.log({
    level: 'info',
    message: 'signed in',
    event: 'auth.sign_in',
    attributes: { 'plinth.user.id': 'u1' },
  })
  signals.log({ level: 'warn', message: 'notes.get denied', event: 'http.denied' })
  expect(await ask('sign-ins')).toMatchObject({
    rows: [
      { event: 'http.denied' },
      { event: 'auth.sign_in', attributes: [['plinth.user.id', 'u1']] },
    ],
  })
  expect(await ask('sign-ins?search=u1')).toMatchObject({ rows: [{ event: 'auth.sign_in' }] })
})

test('runs the checks one by one and says what failed', async () => {
  const checks = {
    database: async () => {},
    queue: async () => {
      throw new Error('no route to host')
    },
  }
  const { ask } = openWatched({ guard: anyone, ports: { checks } })
  expect(await ask('health')).toMatchObject({
    checks: [
      { name: 'database', ok: true },
      { name: 'queue', ok: false, reason: 'no route to host' },
    ],
  })
})

test('counts the rows of tables once for many looks', async () => {
  let counted = 0
  const tables = [
    { name: 'notes', count: async () => ++counted },
    { name: 'broken', count: () => Promise.reject(new Error('gone')) },
  ]
  const { ask } = openWatched({ guard: anyone, ports: { tables } })
  const rows = [
    { name: 'notes', rows: 1 },
    { name: 'broken', rows: null },
  ]
  expect(await Promise.all([ask('tables'), ask('tables')])).toMatchObject([{ rows }, { rows }])
  expect(await ask('tables')).toMatchObject({ rows })
})

test('searches the audit log where there is one', async () => {
  const asked: unknown[] = []
  const audit = async (given: object) => {
    asked.push(given)
    const entry = { id: '1', time: 5, action: 'notes.update', actor: 'ada', target: 'notes 7' }
    return [{ ...entry, details: [['title', 'a to b']] as const }]
  }
  const { ask } = openWatched({ guard: anyone, ports: { audit } })
  expect(await ask('audit?search=ada')).toMatchObject({ rows: [{ action: 'notes.update' }] })
  expect(asked).toEqual([{ text: 'ada', limit: 100 }])
})

test('keeps nothing without a store, and offers what is left', async () => {
  const { signals, fetch, ask } = openWatched({ guard: anyone, store: false })
  expect(await ask('state')).toMatchObject({ views: ['health'], summary: null, kept: null })
  expect((await fetch('/dashboard/requests')).status).toBe(404)
  expect(signals.spans).toBe(true)
})

test('leaves out the requests for the page itself', async () => {
  const { fetch, ask } = openWatched({ guard: anyone })
  await fetch('/dashboard')
  await ask('state')
  await fetch('/dashboards')
  expect(await ask('requests')).toMatchObject({ rows: [{ path: '/dashboards' }] })
})
