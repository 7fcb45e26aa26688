import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { createSignals, createTrace, PlinthError, Secret, type Signals } from 'plinth/kernel'
import { type OtlpOptions, openMonitor, otlp } from 'plinth/monitor'
import { describe, expect, it, onTestFinished } from 'vitest'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // What OTLP sends, as JSON.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any
}

/** A collector that answers logs as it is told to, in order, and then 200; and all else with 200. */
async function openCollector(answers: { status: number; headers?: Record<string, string> }[] = []) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const toLogs = request.url === '/v1/logs' ? answers.shift() : undefined
    const answer = toLogs ?? { status: 200 }
    if (answer.status === 200) {
      const sent = Buffer.concat(chunks)
      const zipped = request.headers['content-encoding'] === 'gzip'
      const text = (zipped ? gunzipSync(sent) : sent).toString()
      received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) })
    }
    response.writeHead(answer.status, answer.headers).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

function open(signals: Signals, options: OtlpOptions) {
  const exporter = otlp({ protocol: 'http/json', ...options })
  const monitor = openMonitor({ signals, logs: false, parts: [exporter] })
  onTestFinished(() => monitor.close())
  return monitor
}

function report(signals: Signals): void {
  const { traceId, spanId } = createTrace()
  const span = { traceId, spanId, parentSpanId: undefined, sampled: true, start: 1.5, duration: 2 }
  signals.span({
    ...span,
    name: 'GET /notes',
    kind: 'server',
    attributes: { 'http.request.method': 'GET', 'http.response.status_code': 500 },
    error: new PlinthError('storage_failed', 'secret words'),
  })
  const trace = { traceId, spanId, sampled: true }
  const attributes = { 'user.id': 'u1', password: 'hunter2' }
  signals.log({ level: 'warn', message: 'Bearer abcdefghij', event: 'auth.x', attributes, trace })
  signals.measure({ name: 'plinth.x', type: 'counter', unit: '{thing}', value: 3 })
}

describe('otlp()', () => {
  it('sends spans, logs and metrics in their own requests', async () => {
    const { url, received } = await openCollector()
    const signals = createSignals()
    const headers = { 'x-api-key': new Secret('k1') }
    const monitor = open(signals, { url, headers, service: { name: 'shop', version: '1' } })
    report(signals)
    await monitor.flush()
    const bodies = Object.fromEntries(received.map(({ path, body }) => [path, body]))
    expect(Object.keys(bodies).toSorted()).toEqual(['/v1/logs', '/v1/metrics', '/v1/traces'])
    expect(received.every((each) => each.headers['x-api-key'] === 'k1')).toBe(true)

    const [{ resource, scopeSpans }] = bodies['/v1/traces'].resourceSpans
    expect(resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'shop' },
    })
    const [span] = scopeSpans[0].spans
    expect(span).toMatchObject({
      name: 'GET /notes',
      kind: 2,
      startTimeUnixNano: '1500000',
      endTimeUnixNano: '3500000',
      status: { code: 2, message: 'storage_failed' },
    })
    expect(span.attributes).toContainEqual({
      key: 'http.response.status_code',
      value: { intValue: '500' },
    })
    const [log] = bodies['/v1/logs'].resourceLogs[0].scopeLogs[0].logRecords
    expect(log).toMatchObject({
      severityNumber: 13,
      eventName: 'auth.x',
      traceId: span.traceId,
      spanId: span.spanId,
    })
    expect(JSON.stringify(received)).not.toMatch(/secret words|hunter2|abcdefghij/)
    const metrics = bodies['/v1/metrics'].resourceMetrics[0].scopeMetrics[0].metrics
    expect(metrics.find((each: { name: string }) => each.name === 'plinth.x')).toMatchObject({
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asDouble: 3 }] },
    })
  })

  it('tries again when the collector is busy, after the time it asks for', async () => {
    const { url, received } = await openCollector([
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429 },
      { status: 502 },
    ])
    const signals = createSignals()
    const monitor = open(signals, { url })
    signals.log({ level: 'info', message: 'hello' })
    await monitor.flush()
    expect(received.filter(({ path }) => path === '/v1/logs')).toHaveLength(1)
  })

  it('counts what a collector refuses, and does not send it twice', async () => {
    const { url, received } = await openCollector([{ status: 400 }])
    const signals = createSignals()
    const monitor = open(signals, { url })
    const losses: unknown[] = []
    signals.subscribe({ measurement: (record) => void losses.push(record) })
    signals.log({ level: 'info', message: 'hello' })
    await monitor.flush()
    expect(losses).toMatchObject([
      {
        name: 'plinth.monitor.export.lost',
        value: 1,
        attributes: { 'plinth.signal': 'logs', 'error.type': 'refused' },
      },
    ])
    expect(received.filter(({ path }) => path === '/v1/logs')).toEqual([])
  })

  it.each([
    [undefined, undefined],
    ['none', undefined],
    ['gzip', 'gzip'],
  ] as const)('compresses what it sends where asked: %s', async (compression, coding) => {
    const { url, received } = await openCollector()
    const signals = createSignals()
    const monitor = open(signals, { url, ...(compression && { compression }) })
    report(signals)
    await monitor.flush()
    expect(received.map(({ headers }) => headers['content-encoding'])).toEqual(
      Array(3).fill(coding),
    )
  })

  it('drops what finds no room, and counts it', async () => {
    const { url } = await openCollector()
    const signals = createSignals()
    const monitor = open(signals, { url, capacity: 10 })
    const losses: number[] = []
    signals.subscribe({ measurement: ({ value }) => void losses.push(value) })
    for (let at = 0; at < 25; at += 1) signals.log({ level: 'info', message: 'hello' })
    await monitor.flush()
    expect(losses).toEqual([15])
  })

  it.each([
    ['a url that is none', { url: 'collector' }, /otlp\(\)\.url: is "collector"/],
    ['a time that is none', { interval: 0 }, /otlp\(\)\.interval: is 0/],
    ['another protocol', { protocol: 'grpc' }, /otlp\(\)\.protocol: is "grpc"/],
    ['another compression', { compression: 'br' }, /otlp\(\)\.compression: is "br"/],
    ['an unknown option', { uri: '' }, /option "uri" is unknown/],
  ])('refuses %s', (_, options, message) => {
    expect(() => otlp(options as never)).toThrow(message)
  })
})
