import { type Database, open } from 'plinth/data'
import { createSignals, createTrace, type LogRecord } from 'plinth/kernel'
import {
  openMonitor,
  type QueryPlanner,
  type SlowQueriesOptions,
  slowQueries,
} from 'plinth/monitor'
import { createFakeClock } from 'plinth/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orders, sources } from './plans.ts'

const SLOW = 'plinth.data.slow_query'

function watch(options: SlowQueriesOptions, queryPlanner?: () => QueryPlanner | undefined) {
  const signals = createSignals()
  const clock = createFakeClock()
  const logs: LogRecord[] = []
  signals.subscribe({ log: (record) => void logs.push(record) })
  const monitor = openMonitor({
    signals,
    clock,
    logs: false,
    metrics: false,
    parts: [slowQueries(options)],
    ...(queryPlanner && { queryPlanner }),
  })
  onTestFinished(() => monitor.close())
  const trace = createTrace()
  return {
    signals,
    clock,
    logs,
    monitor,
    query(duration: number, text: string | undefined = 'SELECT 1', parent = trace) {
      signals.span({
        ...createTrace(parent),
        parentSpanId: parent.spanId,
        name: 'select orders',
        kind: 'client',
        start: clock.now(),
        duration,
        attributes: { 'db.system.name': 'sqlite', 'db.query.text': text },
      })
    },
    request() {
      signals.span({
        ...trace,
        parentSpanId: undefined,
        name: 'GET /orders/{id}',
        kind: 'server',
        start: clock.now(),
        duration: 1000,
        attributes: {},
      })
    },
  }
}

const answering =
  (asked: string[] = []) =>
  (): QueryPlanner =>
  async (text) => {
    asked.push(text)
    return { lines: ['SCAN orders'], notes: ['reads all of orders: no index serves owner'] }
  }

describe('slowQueries()', () => {
  it('logs what took longer, with its request and its plan', async () => {
    const { query, request, monitor, logs } = watch({}, answering())
    query(100)
    query(100.4)
    request()
    await monitor.flush()
    expect(logs).toMatchObject([
      {
        level: 'warn',
        event: SLOW,
        message:
          'Slow query: select orders took 100 ms in GET /orders/{id}: reads all of orders: no index serves owner.',
        attributes: {
          'db.query.summary': 'select orders',
          'db.query.text': 'SELECT 1',
          duration_ms: 100.4,
          'plinth.operation': 'GET /orders/{id}',
          'plinth.query.plan': 'SCAN orders',
        },
      },
    ])
    expect(logs[0]?.trace?.traceId).toHaveLength(32)
  })

  it('asks for the plan of a statement once in a while', async () => {
    const asked: string[] = []
    const { query, monitor, clock } = watch({ planEvery: 60_000 }, answering(asked))
    for (const minutes of [0, 0.5, 0.9, 1.1]) {
      clock.set(new Date(Date.UTC(2026, 0, 1) + minutes * 60_000))
      query(500)
      query(500, 'SELECT 2')
      await monitor.flush()
    }
    clock.advance(-3_600_000)
    query(500)
    await monitor.flush()
    expect(asked).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 1', 'SELECT 2', 'SELECT 1'])
  })

  it('logs without a plan where there is none', async () => {
    for (const planner of [undefined, () => undefined, () => async () => undefined]) {
      const { query, monitor, logs } = watch({}, planner)
      query(500)
      query(500, undefined)
      await monitor.flush()
      expect(logs).toHaveLength(2)
      expect(logs[0]?.message).toBe('Slow query: select orders took 500 ms.')
    }
  })

  it('tells of a plan that failed no more than its kind', async () => {
    const planner = (): QueryPlanner => async () => {
      throw new Error("syntax error near 'hunter2'")
    }
    const { query, monitor, logs } = watch({}, planner)
    query(500)
    await monitor.flush()
    expect(logs[0]?.attributes?.['plinth.query.plan_failed']).toBe('error')
    expect(JSON.stringify(logs)).not.toContain('hunter2')
  })

  it('bounds what it logs in a storm, and counts the rest', async () => {
    const { query, monitor, logs, signals } = watch({}, answering())
    let counted = 0
    signals.subscribe({
      measurement: ({ name, value }) => {
        if (name === 'plinth.data.slow_queries') counted += value
      },
    })
    for (let at = 0; at < 10_000; at++) query(500, `SELECT ${at}`)
    await monitor.flush()
    expect(logs).toHaveLength(101)
    expect(logs.at(-1)).toMatchObject({ attributes: { 'plinth.count': 9900 } })
    expect(counted).toBe(10_000)
  })

  it('leaves requests to other servers alone', async () => {
    const { signals, monitor, logs } = watch({}, answering())
    const span = { ...createTrace(), parentSpanId: undefined, start: 0, duration: 9999 }
    signals.span({ ...span, name: 'GET', kind: 'client', attributes: { 'url.full': 'https://a' } })
    await monitor.flush()
    expect(logs).toEqual([])
  })

  it('logs what waits when it closes, and asks for no plan then', async () => {
    const asked: string[] = []
    const { query, monitor, logs } = watch({}, answering(asked))
    query(500)
    await monitor.close()
    expect([logs.length, asked.length]).toEqual([1, 0])
  })

  it.each([{ after: -1 }, { after: Number.NaN }, { afer: 1 }, { planEvery: '1' }])(
    'refuses %j',
    (options) => {
      expect(() => slowQueries(options as SlowQueriesOptions)).toThrow()
    },
  )
})

describe.each(sources)('a slow query on %s', (_, source) => {
  it('is logged with its text and plan, and no value', async () => {
    const signals = createSignals()
    const logs: LogRecord[] = []
    signals.subscribe({ log: (record) => void logs.push(record) })
    const db: Database = await open(await source(), { signals })
    onTestFinished(() => db.close())
    await db.migrate()
    const monitor = openMonitor({
      signals,
      logs: false,
      metrics: false,
      parts: [slowQueries({ after: 0 })],
      queryPlanner: () => db.queryPlanner(),
    })
    onTestFinished(() => monitor.close())
    await db.system.transaction(async (tx) => {
      await tx.createMany(
        orders,
        Array.from({ length: 300 }, () => ({ owner: 'hunter2', state: 'hunter2', amount: 4711 })),
      )
      await tx.updateMany(orders, { owner: 'hunter2', amount: 4711 }, { amount: 4712 })
      await tx.list(orders, { where: { owner: { in: ['hunter2', 'hunter3'] } }, limit: 300 })
    })
    await db.system.list(orders, { where: { owner: 'hunter2' } })
    await monitor.flush()
    const slow = logs.filter(({ event }) => event === SLOW)
    const plans = slow.map(({ attributes }) => attributes?.['plinth.query.plan'])
    expect(slow.length).toBeGreaterThanOrEqual(4)
    expect(plans.filter(Boolean).length).toBeGreaterThanOrEqual(3)
    expect(slow.map(({ message }) => message).join('\n')).toContain('no index serves owner')
    expect(slow.map(({ attributes }) => attributes?.['plinth.query.plan_failed'])).toEqual(
      slow.map(() => undefined),
    )
    expect(JSON.stringify(slow)).not.toMatch(/hunter2|4711/)
    expect(await db.system.count(orders)).toBe(300)
  }, 120_000)
})
