import { anyone } from 'plinth/http'
import { createTrace, type Signals } from 'plinth/kernel'
import { expect, test } from 'vitest'
import { openWatched } from './fixture.ts'

let start = 0

function request(signals: Signals, route: string | undefined, path = '/p', status = 200): string {
  const { traceId, spanId } = createTrace()
  signals.span({
    name: `GET ${route}`,
    kind: 'server',
    traceId,
    spanId,
    parentSpanId: undefined,
    sampled: true,
    start,
    duration: 2,
    attributes: {
      'http.request.method': 'GET',
      'http.route': route,
      'http.response.status_code': status,
      'url.path': path,
    },
  })
  return traceId
}

interface State {
  readonly kept: { readonly spans: number; readonly bytes: number }
  readonly summary: { readonly count: number; readonly errors: number }
}

test('keeps a hundred thousand requests of as many paths within its bounds', async () => {
  start = Date.now()
  const { signals, ask } = openWatched({ guard: anyone, store: { spans: 5_000, routes: 50 } })
  for (let count = 0; count < 100_000; count += 1) {
    request(signals, `/r${count % 80}`, `/p/${count}`, count % 100 === 0 ? 500 : 200)
  }
  const { kept, summary } = await ask<State>('state')
  expect(kept.spans).toBe(5_000)
  expect(summary).toMatchObject({ count: 100_000, errors: 1_000 })
  const { rows, beyond } = await ask<{ rows: { count: number }[]; beyond: number }>('routes')
  expect(rows).toHaveLength(50)
  expect(rows.reduce((sum, { count }) => sum + count, 0) + beyond).toBe(100_000)
})

test('keeps no more bytes than it was given', async () => {
  start = Date.now()
  const { signals, ask } = openWatched({ guard: anyone, store: { bytes: 262_144 } })
  const long = 'x'.repeat(10_000)
  for (let count = 0; count < 100; count += 1) {
    request(signals, '/r', `/${long}${count}`)
    signals.log({ level: 'info', message: long, attributes: { long } })
    signals.log({ level: 'warn', message: long, event: 'auth.sign_in_failed' })
    signals.log({ level: 'error', message: long, error: new Error(long + count) })
  }
  const { kept, summary } = await ask<State>('state')
  expect(kept.bytes).toBeLessThanOrEqual(262_144)
  expect(kept.spans).toBeGreaterThan(5)
  // Nothing is pushed out before it was counted.
  expect(summary.count).toBe(100)
})

test('holds on to no error, and to nothing that came with a request', async () => {
  const { signals, ask } = openWatched({ guard: anyone })
  const held: WeakRef<object>[] = []
  for (let count = 0; count < 50; count += 1) {
    const body = { large: new Array(1_000).fill(count) }
    held.push(new WeakRef(body))
    const trace = createTrace()
    const error = Object.assign(new Error('failed'), { body })
    signals.log({ level: 'error', message: 'm', error, trace, given: () => body })
    const { traceId, spanId } = trace
    const span = { traceId, spanId, parentSpanId: undefined, sampled: true, start: Date.now() }
    const attributes = { 'http.request.method': 'GET', 'http.response.status_code': 500 }
    signals.span({
      ...span,
      name: 'GET',
      kind: 'server',
      duration: 1,
      attributes,
      error,
      given: () => body,
    })
  }
  await ask('errors')
  await new Promise((resolve) => setTimeout(resolve, 10))
  const collect = (globalThis as { gc?: () => void }).gc
  if (!collect) {
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
  } else collect()
  expect(held.filter((each) => each.deref() !== undefined).length).toBeLessThan(5)
})

test('groups at most two hundred kinds of errors, the longest unseen goes', async () => {
  const { signals, ask } = openWatched({ guard: anyone })
  for (let count = 0; count < 500; count += 1) {
    const error = Object.assign(new Error(`e${count}`), { stack: '' })
    signals.log({ level: 'error', message: 'm', error })
  }
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const { rows, forgotten } = await ask<{ rows: { message: string }[]; forgotten: number }>(
    'errors',
  )
  expect(rows).toHaveLength(200)
  expect(forgotten).toBe(300)
  expect(rows[0]?.message).toBe('e499')
})

test('keeps the trace of an error beyond the many that come after it', async () => {
  start = Date.now()
  const { signals, ask } = openWatched({ guard: anyone, store: { spans: 1_000 } })
  const trace = request(signals, '/broken', '/broken', 500)
  for (let count = 0; count < 3_000; count += 1) request(signals, '/r')
  expect(await ask(`traces/${trace}`)).toMatchObject({ spans: [{ name: 'GET /broken' }] })
})

test('forgets what is out of the window, and counts on after a day', async () => {
  let now = Date.UTC(2026, 0, 1)
  const { signals, ask } = openWatched({ guard: anyone, ports: { clock: { now: () => now } } })
  const counts = async () =>
    Promise.all(
      ['5m', '1h', '24h'].map(async (window) => {
        const { total } = await ask<{ total: { count: number } }>(`series?window=${window}`)
        return total.count
      }),
    )
  const at = (time: number) => {
    now = time
    start = time
    request(signals, '/r')
  }
  const first = now
  at(first)
  expect(await counts()).toEqual([1, 1, 1])
  at(first + 6 * 60_000)
  expect(await counts()).toEqual([1, 2, 2])
  at(first + 2 * 3_600_000)
  expect(await counts()).toEqual([1, 1, 3])
  at(first + 30 * 3_600_000)
  expect(await counts()).toEqual([1, 1, 1])
  // A clock that was set back.
  at(first)
  expect((await counts())[0]).toBe(1)
})

test('tells percentiles that are right within a quarter', async () => {
  start = Date.now()
  const { signals, ask } = openWatched({ guard: anyone })
  for (let count = 1; count <= 1_000; count += 1) {
    const { traceId, spanId } = createTrace()
    const span = { traceId, spanId, parentSpanId: undefined, sampled: true, start }
    const attributes = { 'http.request.method': 'GET', 'http.response.status_code': 200 }
    signals.span({ ...span, name: 'GET', kind: 'server', duration: count, attributes })
  }
  const { total } = await ask<{ total: Record<'p50' | 'p95' | 'p99', number> }>('series?window=1h')
  for (const [name, exact] of [
    ['p50', 500],
    ['p95', 950],
    ['p99', 990],
  ] as const) {
    expect(Math.abs(total[name] - exact) / exact).toBeLessThan(0.25)
  }
})
