import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { backend } from 'plinth'
import { type DataSource, id, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { anyone } from 'plinth/http'
import { createSignals, type Measurement } from 'plinth/kernel'
import { type MonitorPorts, openMonitor } from 'plinth/monitor'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'

const notes = table('notes', { id: id(), text: v.string() }, { policy: { all: true } })

async function scrape(data: DataSource): Promise<(name: string) => number | undefined> {
  const app = await backend({ data, monitor: { logs: false, metrics: { guard: anyone } } })
  onTestFinished(() => app.close())
  await app.database.system.create(notes, { text: 'x' })
  const text = await (await app.fetch(new Request('http://localhost/metrics'))).text()
  return (name) => {
    const line = text.split('\n').find((each) => each.startsWith(name))
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }
}

function folder(): string {
  const made = mkdtempSync(`${tmpdir()}/plinth-gauges-`)
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('tells of memory, CPU, event loop and collection', async () => {
  const read = await scrape(sqlite(':memory:', [notes]))
  expect(read('plinth_process_memory_rss_bytes')).toBeGreaterThan(1e6)
  expect(read('plinth_process_heap_used_bytes')).toBeGreaterThan(1e6)
  expect(read('plinth_process_heap_limit_bytes')).toBeGreaterThan(1e6)
  expect(read('plinth_process_cpu_time_seconds_total{plinth_cpu_mode="user"}')).toBeGreaterThan(0)
  for (const quantile of ['0.5', '0.9', '0.99', 'max']) {
    expect(
      read(`plinth_process_eventloop_delay_seconds{plinth_quantile="${quantile}"}`),
    ).toBeGreaterThanOrEqual(0)
  }
  const utilization = read('plinth_process_eventloop_utilization_ratio') ?? Number.NaN
  expect(utilization).toBeGreaterThanOrEqual(0)
  expect(utilization).toBeLessThanOrEqual(1)
  expect(read('plinth_process_gc_time_seconds_total')).toBeGreaterThanOrEqual(0)
})

test('tells the sizes of a SQLite file and its log', async () => {
  const read = await scrape(sqlite(`${folder()}/a.db`, [notes]))
  expect(read('plinth_data_file_size_bytes{plinth_data_file="main"}')).toBeGreaterThan(0)
  expect(read('plinth_data_file_size_bytes{plinth_data_file="wal"}')).toBeGreaterThan(0)
  expect(read('plinth_data_queue_waiting')).toBe(0)
})

test('has no sizes of what is in memory', async () => {
  const read = await scrape(sqlite(':memory:', [notes]))
  expect(read('plinth_data_file_size_bytes')).toBeUndefined()
})

test('counts the transactions that wait for SQLite', async () => {
  const database = await open(sqlite(':memory:', [notes]))
  onTestFinished(() => database.close())
  await database.migrate()
  const waiting = () => database.gauges().find(({ name }) => name.endsWith('waiting'))?.value
  const held = Promise.withResolvers<void>()
  const first = database.system.transaction(() => held.promise)
  const others = [1, 2, 3].map(() => database.system.create(notes, { text: 'x' }))
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(waiting()).toBe(3)
  held.resolve()
  await Promise.all([first, ...others])
  expect(waiting()).toBe(0)
})

function metricsOf(gauges: () => readonly Measurement[]): {
  read(): string[]
  close(): Promise<void>
} {
  let ports: MonitorPorts | undefined
  const monitor = openMonitor({
    signals: createSignals(),
    logs: false,
    gauges,
    parts: [
      {
        kind: 'monitor-part',
        name: 'x',
        open: (given) => {
          ports = given
          return {}
        },
      },
    ],
  })
  const read = () =>
    [...(ports?.metrics.families() ?? [])].flatMap(({ name, series }) =>
      series.size > 0 ? [name] : [],
    )
  return { read, close: () => monitor.close() }
}

test('leaves out figures that cannot be read', async () => {
  const { read, close } = metricsOf(() => {
    throw new Error('closed')
  })
  expect(read()).toContain('plinth.process.memory.rss')
  await close()
})

test('counts a counter as a whole at each reading', async () => {
  let value = 5
  let ports: MonitorPorts | undefined
  openMonitor({
    signals: createSignals(),
    logs: false,
    gauges: () => [{ name: 'shop.sold', type: 'counter', unit: '1', value }],
    parts: [
      {
        kind: 'monitor-part',
        name: 'x',
        open: (given) => {
          ports = given
          return {}
        },
      },
    ],
  })
  const sold = () =>
    [...(ports?.metrics.families() ?? [])]
      .find(({ name }) => name === 'shop.sold')
      ?.series.values()
      .next().value?.value
  expect(sold()).toBe(5)
  value = 7
  expect(sold()).toBe(7)
  const stop = ports?.metrics.observe(() => [
    { name: 'shop.more', type: 'gauge', unit: '1', value: 1 },
  ])
  stop?.()
  expect([...(ports?.metrics.families() ?? [])].some(({ name }) => name === 'shop.more')).toBe(
    false,
  )
})

const PLATFORMS: readonly [string, unknown][] = [
  ['has no process', undefined],
  ['has an empty process', {}],
  ['has no built-in modules', { memoryUsage: () => ({ rss: 1, heapUsed: 1 }) }],
  ['knows no such module', { getBuiltinModule: () => undefined }],
  [
    'refuses every call',
    {
      memoryUsage: () => {
        throw new Error('denied')
      },
      cpuUsage: () => {
        throw new Error('denied')
      },
      getBuiltinModule: () => ({
        monitorEventLoopDelay: () => {
          throw new Error('not implemented')
        },
        getHeapStatistics: () => {
          throw new Error('not implemented')
        },
        PerformanceObserver: class {
          observe() {
            throw new Error('not implemented')
          }
        },
        performance: {
          eventLoopUtilization: () => {
            throw new Error('not implemented')
          },
        },
      }),
    },
  ],
]

test.each(PLATFORMS)('is at work where a runtime %s', async (_, platform) => {
  vi.stubGlobal('process', platform)
  try {
    const { read, close } = metricsOf(() => [])
    expect(read()).not.toContain('plinth.process.eventloop.delay')
    await close()
  } finally {
    vi.unstubAllGlobals()
  }
})
