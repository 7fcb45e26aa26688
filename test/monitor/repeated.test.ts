import { open } from 'plinth/data'
import { createSignals, createTrace, type LogRecord, type TraceContext } from 'plinth/kernel'
import { openMonitor, repeated } from 'plinth/monitor'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orders, sources } from './plans.ts'

const REPEATED = 'plinth.data.repeated_query'

function watch(after?: number, development = true) {
  const signals = createSignals()
  const logs: LogRecord[] = []
  signals.subscribe({ log: (record) => void logs.push(record) })
  const part = repeated(after === undefined ? {} : { after })
  const monitor = openMonitor({ signals, logs: false, metrics: false, development, parts: [part] })
  onTestFinished(() => monitor.close())
  return {
    signals,
    logs,
    query: (trace: TraceContext, text: string, operation = 'select') =>
      signals.span({
        ...createTrace(trace),
        parentSpanId: trace.spanId,
        name: `${operation} orders`,
        kind: 'client',
        start: 0,
        duration: 1,
        attributes: {
          'db.system.name': 'sqlite',
          'db.operation.name': operation,
          'db.query.text': text,
        },
      }),
    end: (trace: TraceContext, name = 'GET /orders') =>
      signals.span({
        ...trace,
        parentSpanId: undefined,
        name,
        kind: 'server',
        start: 0,
        duration: 1,
        attributes: {},
      }),
  }
}

describe('repeated()', () => {
  it('tells of a statement that one request runs too often', () => {
    const { query, end, logs } = watch()
    const trace = createTrace()
    for (let at = 0; at < 11; at++) query(trace, 'SELECT a')
    for (let at = 0; at < 10; at++) query(trace, 'SELECT b')
    end(trace)
    expect(logs).toMatchObject([
      {
        level: 'warn',
        event: REPEATED,
        message: expect.stringMatching(
          /^GET \/orders ran the same statement 11 times \(select orders\) at .*repeated\.test\.ts:\d+\. Read them together/,
        ),
        attributes: {
          'plinth.operation': 'GET /orders',
          'plinth.count': 11,
          'db.query.text': 'SELECT a',
          'code.file.path': expect.stringContaining('test/monitor/repeated.test.ts'),
          'code.line.number': expect.any(Number),
        },
      },
    ])
  })

  it('tells once for each operation and place', () => {
    const { query, end, logs } = watch(1)
    const ask = (name: string) => {
      const trace = createTrace()
      for (let at = 0; at < 3; at++) query(trace, 'SELECT a')
      end(trace, name)
    }
    for (let at = 0; at < 5; at++) ask('GET /a')
    ask('GET /b')
    expect(logs.map(({ attributes }) => attributes?.['plinth.operation'])).toEqual([
      'GET /a',
      'GET /b',
    ])
  })

  it('does not add up what different requests run', () => {
    const { query, end, logs } = watch(5)
    const traces = Array.from({ length: 20 }, () => createTrace())
    for (const trace of traces) query(trace, 'SELECT a')
    for (const trace of traces) end(trace)
    expect(logs).toEqual([])
  })

  it('advises createMany for rows inserted one by one', () => {
    const { query, end, logs } = watch(2)
    const trace = createTrace()
    for (let at = 0; at < 3; at++) query(trace, 'INSERT', 'insert')
    end(trace)
    expect(logs[0]?.message).toContain('createMany')
  })

  it('listens to nothing outside of development', () => {
    const { query, end, logs, signals } = watch(1, false)
    const trace = createTrace()
    for (let at = 0; at < 50; at++) query(trace, 'SELECT a')
    end(trace)
    expect(logs).toEqual([])
    const bare = createSignals()
    const parts = [repeated()]
    openMonitor({ signals: bare, logs: false, metrics: false, development: true, parts: [] })
    expect(parts[0]?.kind).toBe('monitor-part')
    expect(signals.failures).toBe(0)
  })

  it('follows a bounded number of requests that never end', () => {
    const { query, end, logs } = watch(1)
    const first = createTrace()
    query(first, 'SELECT a')
    query(first, 'SELECT a')
    for (let at = 0; at < 5000; at++) query(createTrace(), `SELECT ${at}`)
    end(first)
    expect(logs).toEqual([])
  })

  it.each([{ after: 0 }, { after: 1.5 }, { aftr: 3 }])('refuses %j', (options) => {
    expect(() => repeated(options)).toThrow()
  })
})

describe.each(sources)('a query in a loop on %s', (_, source) => {
  it('is told of with the line that runs it', async () => {
    const { signals, logs, end } = watch(4)
    const db = await open(await source(), { signals })
    onTestFinished(() => db.close())
    await db.migrate()
    const trace = createTrace()
    const handle = db.systemIn({ trace })
    async function loadEach(): Promise<void> {
      for (let at = 0; at < 8; at++) await handle.list(orders, { where: { owner: `o${at}` } })
    }
    async function writeEach(): Promise<void> {
      await handle.transaction(async function writeAll(tx) {
        for (let at = 0; at < 8; at++) {
          await tx.create(orders, { owner: 'a', state: 'b', amount: at })
        }
      })
    }
    await loadEach()
    await writeEach()
    end(trace)
    const told = logs.filter(({ event }) => event === REPEATED)
    expect(told.map(({ attributes }) => attributes?.['db.query.summary'])).toEqual([
      'select plan_orders',
      'insert plan_orders',
    ])
    expect(told.map(({ attributes }) => attributes?.['code.function.name'])).toEqual([
      'loadEach',
      'writeAll',
    ])
  }, 120_000)
})
