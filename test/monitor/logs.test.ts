import { createApp } from 'plinth/http'
import {
  createSignals,
  createTrace,
  PlinthError,
  type Signals,
  type SpanRecord,
} from 'plinth/kernel'
import { type LogOptions, openMonitor } from 'plinth/monitor'
import { expect, test } from 'vitest'

function logged(
  run: (signals: Signals) => void,
  options: LogOptions = {},
): Record<string, unknown>[] {
  const signals = createSignals()
  let text = ''
  const monitor = openMonitor({
    signals,
    metrics: false,
    logs: {
      ...options,
      write: (lines) => {
        text += lines
      },
    },
  })
  run(signals)
  monitor.close()
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

test('[ASVS 16.2.2] [ASVS 16.2.4] writes a line of JSON with its trace', () => {
  const trace = createTrace()
  const [line] = logged((signals) =>
    signals.log({
      level: 'info',
      message: 'shipped',
      event: 'shop.shipped',
      attributes: { order: 'o-1' },
      trace,
    }),
  )
  expect(line).toMatchObject({
    level: 'info',
    message: 'shipped',
    event: 'shop.shipped',
    order: 'o-1',
    trace_id: trace.traceId,
    span_id: trace.spanId,
  })
  expect(new Date(String(line?.time)).toISOString()).toBe(line?.time)
})

test('drops lines below its level', () => {
  const lines = logged(
    (signals) => {
      signals.log({ level: 'info', message: 'a' })
      signals.log({ level: 'warn', message: 'b' })
    },
    { level: 'warn' },
  )
  expect(lines.map((line) => line.message)).toEqual(['b'])
})

test('[ASVS 16.4.1] cannot be made to write a second line', () => {
  const lines = logged((signals) =>
    signals.log({ level: 'info', message: 'a\n{"level":"error"}\u2028' }),
  )
  expect(lines).toHaveLength(1)
})

test('[ASVS 16.2.5] takes secrets out of attributes, messages and errors', () => {
  const secrets = ['hunter2', 'tok_abcdefgh', 'abcdefghijklmnop', 's3cr3tpass']
  const lines = logged((signals) =>
    signals.log({
      level: 'error',
      message:
        'failed with Bearer tok_abcdefgh at https://joe:s3cr3tpass@db.example/x?access_token=abcdefghijklmnop',
      attributes: { password: 'hunter2', 'x-api-key': 'hunter2', cookie: 'a=hunter2' },
      error: new PlinthError('x', 'token=abcdefghijklmnop', {
        cause: new Error('Authorization: Bearer tok_abcdefgh'),
      }),
    }),
  )
  const text = JSON.stringify(lines)
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).toContain('db.example')
})

test('describes an error with its causes', () => {
  const [line] = logged((signals) =>
    signals.log({
      level: 'error',
      message: 'm',
      error: new PlinthError('storage_failed', 'outer', { cause: new Error('disk full') }),
    }),
  )
  expect(line?.error).toMatchObject({
    code: 'storage_failed',
    message: 'outer',
    cause: { message: 'disk full' },
  })
})

test('describes each of several errors', () => {
  const error = new AggregateError([new Error('first'), new Error('second')], 'both')
  const [line] = logged((signals) => signals.log({ level: 'error', message: 'm', error }))
  expect(line?.error).toMatchObject({ errors: [{ message: 'first' }, { message: 'second' }] })
})

test('leaves a line for each request with its trace', async () => {
  const signals = createSignals()
  let text = ''
  const { operations, close } = openMonitor({
    signals,
    logs: { write: (lines) => (text += lines) },
  })
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const request = new Request('http://localhost/health', { headers: { traceparent } })
  await createApp({ operations, signals }).fetch(request)
  close()
  expect(JSON.parse(text)).toMatchObject({
    message: 'GET /health 200',
    event: 'http.request',
    trace_id: 'a'.repeat(32),
    'http.route': '/health',
  })
})

test('writes an error at once and the rest together', async () => {
  const signals = createSignals()
  const writes: string[] = []
  openMonitor({ signals, logs: { write: (lines) => void writes.push(lines) } })
  signals.log({ level: 'info', message: 'a' })
  signals.log({ level: 'info', message: 'b' })
  expect(writes).toHaveLength(0)
  signals.log({ level: 'error', message: 'c' })
  expect(writes).toHaveLength(1)
  signals.log({ level: 'info', message: 'd' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(writes).toHaveLength(2)
})

test('writes of each request what its span says, and nothing of another', async () => {
  const signals = createSignals()
  const spans: SpanRecord[] = []
  let text = ''
  const { operations, close } = openMonitor({
    signals,
    logs: { write: (lines) => (text += lines) },
  })
  signals.subscribe({ span: (span) => void spans.push(span) })
  const app = createApp({ operations, signals })
  const agents = ['curl/8', 'a "quoted" \\ one', 'Größe 🦊', '\u2028', 'curl/8']
  for (const agent of agents) {
    const headers = {
      'user-agent': Buffer.from(agent).toString('latin1'),
    }
    await app.fetch(new Request('http://localhost/health', { headers }))
    await app.fetch(new Request('https://localhost:8443/health', { method: 'HEAD', headers }))
    await app.fetch(new Request('http://localhost/no%22where', { headers }))
    await app.fetch(new Request('http://localhost/health'))
  }
  await close()
  const lines = text.split('\n').slice(0, -1)
  expect(lines).toHaveLength(agents.length * 4)
  lines.forEach((line, at) => {
    const { name, attributes, traceId, spanId } = spans[at] as SpanRecord
    const { time, duration_ms: _, ...rest } = JSON.parse(line)
    expect(time).toBe(new Date(spans[at]?.start ?? 0).toISOString())
    expect(rest).toEqual({
      level: 'info',
      message: `${name} ${attributes['http.response.status_code']}`,
      event: 'http.request',
      trace_id: traceId,
      span_id: spanId,
      ...JSON.parse(JSON.stringify(attributes)),
    })
  })
})
