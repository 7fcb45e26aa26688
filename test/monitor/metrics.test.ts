import { type App, anyone, createApp } from 'plinth/http'
import { createSignals, type Signals } from 'plinth/kernel'
import { type MonitorOptions, openMonitor } from 'plinth/monitor'
import { expect, test } from 'vitest'

function monitored(options: MonitorOptions = {}): { app: App; signals: Signals } {
  const signals = createSignals()
  const monitor = openMonitor({ logs: false, metrics: { guard: anyone }, ...options, signals })
  return { app: createApp({ operations: monitor.operations, signals }), signals }
}

async function read(app: App, path: string): Promise<string> {
  return (await app.fetch(new Request(`http://localhost${path}`))).text()
}

test('counts requests by method, route and status', async () => {
  const { app } = monitored()
  for (let i = 0; i < 3; i += 1) await read(app, '/health')
  await read(app, '/nowhere')
  const text = await read(app, '/metrics')
  expect(text).toContain('# TYPE http_server_request_duration_seconds histogram')
  expect(text).toMatch(
    /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/health",http_response_status_code="200",url_scheme="http"\} 3/,
  )
  expect(text).toMatch(
    /_count\{http_request_method="GET",http_response_status_code="404",url_scheme="http"\} 1/,
  )
})

test('writes cumulative buckets that end at infinity', async () => {
  const { app, signals } = monitored()
  for (const duration of [1, 6, 6, 99_000]) {
    signals.span({
      name: 'GET /a',
      kind: 'server',
      traceId: '1'.repeat(32),
      spanId: '1'.repeat(16),
      parentSpanId: undefined,
      sampled: true,
      start: 0,
      duration,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/a',
        'http.response.status_code': 200,
      },
    })
  }
  const text = await read(app, '/metrics')
  const buckets = [...text.matchAll(/route="\/a".*le="([^"]+)"\} (\d+)/g)].map(([, le, count]) => [
    le,
    count,
  ])
  expect(buckets.slice(0, 2)).toEqual([
    ['0.005', '1'],
    ['0.01', '3'],
  ])
  expect(buckets.slice(-2)).toEqual([
    ['10', '3'],
    ['+Inf', '4'],
  ])
})

test('keeps counters, gauges and histograms of measurements', async () => {
  const { app, signals } = monitored()
  signals.measure({ name: 'shop.orders', type: 'counter', unit: '{order}', value: 2 })
  signals.measure({ name: 'shop.orders', type: 'counter', unit: '{order}', value: 3 })
  signals.measure({
    name: 'shop.waiting',
    type: 'gauge',
    unit: '{order}',
    value: 7,
    attributes: { queue: 'a"\n\\' },
  })
  signals.measure({ name: 'shop.wait', type: 'histogram', unit: 's', value: 0.02 })
  const text = await read(app, '/metrics')
  expect(text).toContain('shop_orders_total 5\n')
  expect(text).toContain('shop_waiting{queue="a\\"\\n\\\\"} 7\n')
  expect(text).toContain('shop_wait_seconds_sum 0.02\n')
})

test('bounds its series however many labels arrive', async () => {
  const { app, signals } = monitored()
  for (let user = 0; user < 5000; user += 1) {
    signals.measure({ name: 'a', type: 'counter', unit: '1', value: 1, attributes: { user } })
  }
  const lines = (await read(app, '/metrics'))
    .split('\n')
    .filter((line) => line.startsWith('a_ratio_total{'))
  expect(lines).toHaveLength(2001)
  expect(lines).toContain('a_ratio_total{otel_metric_overflow="true"} 3000')
})

test('leaves metrics out when they are off', async () => {
  const { app } = monitored({ metrics: false })
  expect((await app.fetch(new Request('http://localhost/metrics'))).status).toBe(404)
})

test('writes no label that may not be shown', async () => {
  const { app, signals } = monitored({ redact: { names: ['policyNumber'] } })
  const attributes = {
    'shop.kind': 'book',
    apiKey: 'k-123',
    policyNumber: 'P-1',
    from: 'mail of ada@example.com',
  }
  for (const apiKey of ['a', 'b']) {
    const given = { ...attributes, apiKey }
    signals.measure({ name: 'shop.x', type: 'counter', unit: '{x}', value: 1, attributes: given })
  }
  const [line] = /^shop_x.*$/m.exec(await read(app, '/metrics')) ?? []
  expect(line).toBe(
    'shop_x_total{shop_kind="book",apiKey="[redacted]",policyNumber="[redacted]",from="mail of [personal]"} 2',
  )
})
