import { anyone, createApp } from 'plinth/http'
import { createSignals, createTrace } from 'plinth/kernel'
import {
  type ErrorReported,
  type EventReported,
  openMonitor,
  type QueryEnded,
  type RequestEnded,
} from 'plinth/monitor'
import { expect, test } from 'vitest'

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
  const span = { traceId, spanId, parentSpanId: undefined, sampled: true, start: 0, duration: 2 }
  signals.span({ ...span, name: 'select notes', kind: 'client', attributes: {} })
  signals.log({ level: 'info', message: 'm', event: 'auth.sign_in', attributes: { user: 'u' } })
  signals.log({ level: 'error', message: 'e', error: new Error('x') })
  await Promise.resolve()
  expect(told.request).toMatchObject([{ method: 'GET', route: '/health', status: 200 }])
  expect(told.query).toMatchObject([{ summary: 'select notes', duration: 2, trace: { traceId } }])
  expect(told.event).toMatchObject([{ name: 'auth.sign_in', attributes: { user: 'u' } }])
  expect(told.error).toMatchObject([{ message: 'e' }])
})

test('answers requests though a hook throws and rejects', async () => {
  const signals = createSignals()
  const { operations } = openMonitor({
    signals,
    logs: false,
    hooks: {
      request: () => Promise.reject(new Error('slow hook')),
      event: () => {
        throw new Error('broken hook')
      },
    },
  })
  const app = createApp({ operations, signals })
  expect((await app.fetch(new Request('http://localhost/health'))).status).toBe(200)
  signals.log({ level: 'info', message: 'm', event: 'x' })
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(signals.failures).toBe(2)
})

test('stops listening when closed', () => {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false, metrics: { guard: anyone } })
  expect(signals.spans).toBe(true)
  monitor.close()
  expect(signals.spans).toBe(false)
})
