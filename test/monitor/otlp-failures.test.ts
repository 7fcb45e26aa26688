import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { backend } from 'plinth'
import { anyone } from 'plinth/api'
import { sqlite } from 'plinth/data/sqlite'
import { createSignals, createTrace, type Signals } from 'plinth/kernel'
import { type OtlpOptions, openMonitor, otlp } from 'plinth/monitor'
import { createVisitor } from 'plinth/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const opened: (() => unknown)[] = []
afterAll(() => Promise.all(opened.map((close) => close())))

const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)
beforeEach(() => void process.on('unhandledRejection', onRejection))
afterEach(() => {
  process.off('unhandledRejection', onRejection)
  expect(rejections.splice(0)).toEqual([])
})

const COLLECTORS: Readonly<Record<string, () => Promise<string>>> = {
  'is down': async () => 'http://127.0.0.1:9',
  'never answers': () => http(() => {}),
  'closes in the middle of its answer': () =>
    http((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{')
      setImmediate(() => response.destroy())
    }),
  'closes every connection': () => tcp((socket) => void socket.destroy()),
  'speaks something else': () =>
    tcp((socket) => {
      socket.on('error', () => {}).end('220 mail.example ESMTP\r\n')
    }),
  'is plain where TLS is expected': async () =>
    (await http((_, response) => void response.end())).replace('http:', 'https:'),
  'redirects elsewhere': () =>
    http((_, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:9/v1/logs' }).end()
    }),
  ...Object.fromEntries(
    [400, 401, 404, 429, 500, 503].map((status) => [
      `answers ${status}`,
      () =>
        http((_, response) => {
          response.writeHead(status, { 'retry-after': '0' }).end('no')
        }),
    ]),
  ),
}

describe('a batch lost, counted to the record, to a collector that', () => {
  const outcomes = new Map<string, Record<string, number>>()

  // All at once: each is waited for as long as a server that closes waits.
  beforeAll(async () => {
    await Promise.all(
      Object.entries(COLLECTORS).map(async ([name, open]) => {
        const { signals, monitor, losses } = listen({ url: await open(), timeout: 50 })
        report(signals, 700)
        await monitor.close()
        outcomes.set(name, losses())
      }),
    )
  })

  it.each(Object.keys(COLLECTORS))('%s', (name) => {
    expect(outcomes.get(name)).toEqual({ traces: 700, logs: 700 })
  })
})

it('harms no request and shows its losses at /metrics', async () => {
  const url = await http((_, response) => void response.writeHead(401).end())
  const part = otlp({ url })
  const app = await backend({
    data: sqlite(':memory:', []),
    monitor: { logs: false, metrics: { guard: anyone }, parts: [part] },
  })
  const visitor = createVisitor(app)
  const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.fetch('/health')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  await app.flush()
  const text = await (await visitor.fetch('/metrics')).text()
  expect(text).toMatch(
    /plinth_monitor_export_lost_total\{plinth_signal="traces",error_type="refused"\} 20/,
  )
  await app.close()
})

it('keeps no more than its capacity while a collector never answers', async () => {
  const url = await http(() => {})
  const { signals, monitor, losses } = listen({ url, capacity: 1000, timeout: 60_000 })
  report(signals, 50_000)
  // A batch is on its way, a thousand wait, and the others were dropped when they came.
  await monitor.close()
  expect(losses()).toEqual({ traces: 50_000, logs: 50_000 })
})

it('sends what waits in as many batches as it takes, and loses none', async () => {
  let bytes = 0
  const url = await http((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.once('end', () => response.end('{}'))
  })
  const { signals, monitor, losses } = listen({ url })
  report(signals, 5000)
  await monitor.close()
  expect(losses()).toEqual({})
  expect(bytes).toBeGreaterThan(0)
})

it('waits as long as a busy collector asks for and then gets through', async () => {
  const times: number[] = []
  const url = await http((request, response) => {
    if (request.url !== '/v1/logs') return void response.end('{}')
    times.push(performance.now())
    if (times.length === 1) response.writeHead(429, { 'retry-after': '1' })
    response.end('{}')
  })
  const { signals, monitor, losses } = listen({ url })
  signals.log({ level: 'info', message: 'hello' })
  await monitor.flush()
  expect(times).toHaveLength(2)
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990)
  expect(losses()).toEqual({})
})

it.each([
  ['JSON', 'http/json', '{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"old"}}', 3],
  ['JSON with a number', 'http/json', '{"partialSuccess":{"rejectedLogRecords":2}}', 2],
  ['protobuf', 'http/protobuf', '\x0a\x07\x08\x03\x12\x03old', 3],
  ['a warning alone', 'http/protobuf', '\x0a\x05\x12\x03old', 0],
  ['more than was sent', 'http/json', '{"partialSuccess":{"rejectedLogRecords":900}}', 10],
  ['less than nothing', 'http/json', '{"partialSuccess":{"rejectedLogRecords":-5}}', 0],
  ['an answer without an end', 'http/protobuf', '\x0a\xff\xff\xff\xff\xff\xff\xff', 0],
  ['a page of HTML', 'http/json', `<html>${'x'.repeat(100_000)}`, 0],
  ['null', 'http/json', 'null', 0],
] as const)('counts what a collector leaves out, told as %s', async (_, protocol, answer, lost) => {
  const url = await http((_request, response) => void response.end(Buffer.from(answer, 'latin1')))
  const { signals, monitor, losses } = listen({ url, protocol })
  for (let at = 0; at < 10; at += 1) signals.log({ level: 'info', message: 'hello' })
  await monitor.flush()
  const { logs = 0 } = losses()
  expect(logs).toBe(lost)
})

it('loses a batch, counted, that holds what cannot be written', async () => {
  const url = await http((_, response) => void response.end('{}'))
  const { signals, monitor, losses } = listen({ url })
  const { traceId, spanId } = createTrace()
  const span = { traceId, spanId, parentSpanId: undefined, sampled: true, attributes: {} }
  signals.span({ ...span, name: 'x', kind: 'internal', start: Number.NaN, duration: 1 })
  await monitor.flush()
  report(signals, 1)
  await monitor.flush()
  expect(losses()).toEqual({ traces: 1 })
})

function listen(options: OtlpOptions) {
  const signals = createSignals()
  const lost = new Map<unknown, number>()
  signals.subscribe({
    measurement({ name, value, attributes }) {
      const signal = attributes?.['plinth.signal']
      if (name === 'plinth.monitor.export.lost') lost.set(signal, (lost.get(signal) ?? 0) + value)
    },
  })
  const monitor = openMonitor({ signals, logs: false, parts: [otlp(options)] })
  opened.push(() => monitor.close())
  const losses = (): Record<string, number> => {
    const { metrics: _, ...records } = Object.fromEntries(lost)
    return records
  }
  return { signals, monitor, losses }
}

function report(signals: Signals, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const { traceId, spanId } = createTrace()
    const span = { traceId, spanId, parentSpanId: undefined, sampled: true, start: 1, duration: 2 }
    signals.span({ ...span, name: 'GET /', kind: 'server', attributes: {} })
    signals.log({ level: 'info', message: 'hello' })
  }
}

function http(listener: RequestListener): Promise<string> {
  return listening(createServer(listener), 'http')
}

function tcp(listener: (socket: Socket) => void): Promise<string> {
  return listening(createTcpServer(listener), 'http')
}

async function listening(
  server: Server | ReturnType<typeof createTcpServer>,
  scheme: string,
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}
