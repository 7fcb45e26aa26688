import { client, unwrap } from 'plinth/client'
import { otlp } from 'plinth/monitor'
import { serve } from 'plinth/node'
import { signIn } from 'plinth/testing'
import { expect, it, onTestFinished } from 'vitest'
import { type Collector, openCollector } from './collector.ts'
import type { Decoded } from './definitions.ts'
import { openApp } from './scripted-run.ts'

const account = { email: 'ada@example.com', password: 'a long enough phrase' }
const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

it('one trace holds the client, both back ends, their SQL and the call between them', async () => {
  const collector = await openCollector()
  const other = await served(collector, 'http://127.0.0.1:9')
  const { app, url } = await served(collector, other.url)
  await signIn(app, account)

  const caller = client<typeof app>(url, { retries: 0 })
  const signedIn = await unwrap(caller.auth.signIn({ body: { ...account, transport: 'bearer' } }))
  const api = client<typeof app>(url, {
    token: ('token' in signedIn && signedIn.token) || '',
    trace: () => `00-${traceId}-${spanId}-01`,
  })
  expect(await unwrap(api.asks())).toEqual({ status: 200 })
  await Promise.all([app.flush(), other.app.flush()])

  const spans = collector.spans.filter((span) => span['traceId'] === traceId)
  const named = (name: string): Decoded => spans.find((span) => span['name'] === name) ?? {}
  const request = named('POST /asks')
  const outgoing = named('GET')
  expect(request).toMatchObject({ parentSpanId: spanId, kind: 2 })
  expect(outgoing).toMatchObject({ parentSpanId: request['spanId'], kind: 3 })
  expect(named('GET /health')).toMatchObject({ parentSpanId: outgoing['spanId'], kind: 2 })
  // Its transaction, too, may be a span, and stands between.
  expect(above(named('select notes'), spans)).toContain(request['spanId'])
  expect(collector.faults).toEqual([])
})

it('a client that is told to begins a trace with each call', async () => {
  const collector = await openCollector()
  const { app, url } = await served(collector, 'http://127.0.0.1:9')
  const api = client<typeof app>(url, {
    trace: true,
    operations: { broken: ['GET', '/broken'] },
    retries: 0,
  })
  await api.broken()
  await api.broken()
  await app.flush()
  const ids = collector.spans.filter(({ name }) => name === 'GET /broken')
  expect(new Set(ids.map((span) => span['traceId'])).size).toBe(2)
  expect(ids.every(({ parentSpanId }) => /^[0-9a-f]{16}$/.test(parentSpanId))).toBe(true)
})

/** The ids of all spans above one. */
function above({ parentSpanId }: Decoded, spans: readonly Decoded[]): unknown[] {
  const parent = spans.find(({ spanId: id }) => id === parentSpanId)
  return parent ? [parentSpanId, ...above(parent, spans)] : [parentSpanId]
}

async function served(
  { url }: Collector,
  origin: string,
): Promise<{ app: Awaited<ReturnType<typeof openApp>>; url: string }> {
  const app = await openApp({ origin, monitor: { logs: false, parts: [otlp({ url })] } })
  const server = await serve(app, { port: 0, hostname: '127.0.0.1' })
  onTestFinished(() => server.close())
  return { app, url: server.url }
}
