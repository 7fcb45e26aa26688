import { type App, anyone, createApp } from 'plinth/http'
import { createSignals, type Signals } from 'plinth/kernel'
import { openMonitor } from 'plinth/monitor'
import { describe, expect, it } from 'vitest'

const OPEN = 'application/openmetrics-text;version=1.0.0'

function monitored(): { app: App; signals: Signals } {
  const signals = createSignals()
  const monitor = openMonitor({ logs: false, metrics: { guard: anyone }, signals })
  return { app: createApp({ operations: monitor.operations, signals }), signals }
}

function ask(app: App, accept?: string): Promise<Response> {
  const headers = accept === undefined ? {} : { accept }
  return app.fetch(new Request('http://localhost/metrics', { headers }))
}

/** A span of a request, or of one that was sent elsewhere. */
function span(of: { seconds: number; sampled?: boolean; kind?: 'server' | 'client'; id?: string }) {
  const { seconds, sampled = true, kind = 'server', id = '1' } = of
  return {
    name: 'GET /a',
    kind,
    traceId: id.repeat(32),
    spanId: id.repeat(16),
    parentSpanId: undefined,
    sampled,
    start: 1_700_000_000_000,
    duration: seconds * 1000,
    attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 },
  }
}

describe('the form of metrics', () => {
  it.each([
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['text/plain;version=0.0.4', 'text/plain'],
    [`${OPEN};q=0, */*`, 'text/plain'],
    [`text/plain, ${OPEN};q=0.0`, 'text/plain'],
    ['application/openmetrics-textual, */*', 'text/plain'],
    [`${OPEN};q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1`, 'application/openmetrics-text'],
    [`text/plain , ${OPEN};q=0.01`, 'application/openmetrics-text'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
  ])('for a client that accepts %s is %s', async (accept, type) => {
    const response = await ask(monitored().app, accept)
    expect(response.headers.get('content-type')).toMatch(new RegExp(`^${type}; version=\\d`))
    expect((await response.text()).endsWith('# EOF\n')).toBe(type !== 'text/plain')
  })
})

describe('OpenMetrics', () => {
  it('shows the latest trace of each bucket', async () => {
    const { app, signals } = monitored()
    signals.span(span({ seconds: 0.003, id: 'a' }))
    signals.span(span({ seconds: 0.004, id: 'b' }))
    signals.span(span({ seconds: 0.3, id: 'c' }))
    signals.span(span({ seconds: 99, id: 'd' }))
    const text = await (await ask(app, `${OPEN}, */*`)).text()
    const exemplars = text.split('\n').filter((line) => line.includes(' # {'))
    expect(exemplars).toHaveLength(3)
    expect(exemplars[0]).toMatch(
      /le="0\.005"\} 2 # \{trace_id="b{32}",span_id="b{16}"\} 0\.004 1700000000\.004$/,
    )
    expect(exemplars[1]).toMatch(/le="0\.5"\} 3 # \{trace_id="c{32}"/)
    expect(exemplars[2]).toMatch(/le="\+Inf"\} 4 # \{trace_id="d{32}"/)
  })

  it('shows no trace that was not kept', async () => {
    const { app, signals } = monitored()
    signals.span(span({ seconds: 0.003, sampled: false }))
    expect(await (await ask(app, `${OPEN}, */*`)).text()).not.toContain('trace_id')
  })

  it('describes counters without their suffix, and units', async () => {
    const { app, signals } = monitored()
    signals.measure({ name: 'shop.sold', type: 'counter', unit: 'By', value: 3 })
    const open = await (await ask(app, `${OPEN}, */*`)).text()
    expect(open).toContain(
      '# TYPE shop_sold_bytes counter\n# UNIT shop_sold_bytes bytes\nshop_sold_bytes_total 3\n',
    )
    expect(await (await ask(app)).text()).toContain(
      '# TYPE shop_sold_bytes_total counter\nshop_sold_bytes_total 3\n',
    )
  })

  it('writes whole bounds as decimals', async () => {
    const { app, signals } = monitored()
    signals.span(span({ seconds: 0.003 }))
    expect(await (await ask(app, `${OPEN}, */*`)).text()).toContain('le="10.0"')
  })
})

describe('metrics', () => {
  it('of requests to other servers are no queries', async () => {
    const { app, signals } = monitored()
    const call = span({ seconds: 0.02, kind: 'client' })
    const attributes = { ...call.attributes, 'server.address': 'pay.example', 'server.port': 443 }
    signals.span({ ...call, attributes })
    const text = await (await ask(app)).text()
    expect(text).toContain(
      'http_client_request_duration_seconds_count{http_request_method="GET",server_address="pay.example",server_port="443",http_response_status_code="200"} 1',
    )
    expect(text).not.toContain('db_client_operation_duration')
  })

  it.each([
    ['a quote', 'a"} 1\nevil 1', 'a\\"} 1\\nevil 1'],
    ['a backslash at the end', 'a\\', 'a\\\\'],
    ['a lone surrogate', 'a\ud800', 'a\ufffd'],
    ['other scripts', 'ключ 🔑', 'ключ 🔑'],
  ])('keep a label with %s in its place', async (_, value, written) => {
    const { app, signals } = monitored()
    const attributes = { 'shop.kind': value }
    signals.measure({ name: 'shop.sold', type: 'counter', unit: '{item}', value: 1, attributes })
    const text = await (await ask(app)).text()
    expect(text.split('\n')).toContain(`shop_sold_total{shop_kind="${written}"} 1`)
  })

  it('keep hostile names in their place', async () => {
    const { app, signals } = monitored()
    const attributes = { '9 "x\n': 1, __name__: 'evil' }
    signals.measure({ name: 'a b\n# TYPE', type: 'gauge', unit: '1', value: 1, attributes })
    const lines = (await (await ask(app)).text()).split('\n')
    expect(lines).toContain('a_b___TYPE_ratio{key_9__x_="1",key___name__="evil"} 1')
    for (const line of lines) expect(line).toMatch(/^(?:# (?:HELP|TYPE) )?[a-zA-Z_:][\w:]*[ {]|^$/)
  })

  it('stay bounded under a million values', async () => {
    const { app, signals } = monitored()
    for (let at = 0; at < 1_000_000; at += 1) {
      const attributes = { 'shop.visitor': `visitor ${at}` }
      signals.measure({
        name: 'shop.visits',
        type: 'counter',
        unit: '{visit}',
        value: 1,
        attributes,
      })
    }
    const lines = (await (await ask(app)).text()).split('\n')
    const series = lines.filter((line) => line.startsWith('shop_visits_total{'))
    expect(series.length).toBeLessThanOrEqual(2001)
    expect(series.at(-1)).toBe('shop_visits_total{otel_metric_overflow="true"} 998000')
  })
})
