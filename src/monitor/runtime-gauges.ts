import type { Measurement } from '../kernel/index.ts'

/** Reads figures of the process that it runs in. */
export interface RuntimeGauges {
  read(): readonly Measurement[]
  close(): void
}

/** As much as is used here of what Node has built in, and Bun and Deno in parts. */
interface Platform {
  readonly memoryUsage?: () => { readonly rss: number; readonly heapUsed: number }
  readonly cpuUsage?: () => { readonly user: number; readonly system: number }
  readonly getBuiltinModule?: (name: string) => unknown
}

interface Hooks {
  monitorEventLoopDelay?(options: { resolution: number }): DelayHistogram
  readonly PerformanceObserver?: new (
    observed: (list: { getEntries(): readonly { readonly duration: number }[] }) => void,
  ) => { observe(options: { entryTypes: readonly string[] }): void; disconnect(): void }
  readonly performance?: { eventLoopUtilization?(): Utilization }
}

interface DelayHistogram {
  readonly max: number
  readonly count: number
  enable(): void
  disable(): void
  reset(): void
  percentile(percentile: number): number
}

interface Utilization {
  readonly active: number
  readonly idle: number
}

interface Source {
  read(): readonly Measurement[]
  close?(): void
}

/**
 * Opens what the runtime offers, and leaves out what it does not: memory, CPU, the delay of the event
 * loop and the time of garbage collection. The names are Plinth's own: OpenTelemetry's are not stable.
 */
export function openRuntimeGauges(): RuntimeGauges {
  const platform = (globalThis as { process?: Platform }).process ?? {}
  const sources = OPENERS.flatMap((open) => attempt(() => open(platform)) ?? [])
  return {
    read: () => sources.flatMap((source) => attempt(() => source.read()) ?? []),
    close() {
      for (const source of sources) attempt(() => source.close?.())
    },
  }
}

/** A runtime may have a function only to say that it has it not. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

const OPENERS: readonly ((platform: Platform) => Source | undefined)[] = [
  openMemory,
  openHeapLimit,
  openCpu,
  openDelay,
  openUtilization,
  openCollection,
]

function openMemory(platform: Platform): Source | undefined {
  // Asked for as a method: it needs its `this` on some runtimes.
  if (!platform.memoryUsage) return undefined
  return {
    read() {
      const { rss, heapUsed } = platform.memoryUsage?.() ?? { rss: 0, heapUsed: 0 }
      return [
        gauge('memory.rss', { unit: 'By', value: rss }),
        gauge('heap.used', { unit: 'By', value: heapUsed }),
      ]
    },
  }
}

function openHeapLimit(platform: Platform): Source | undefined {
  const engine = platform.getBuiltinModule?.('v8') as
    | { getHeapStatistics?(): { readonly heap_size_limit: number } }
    | undefined
  const limit = engine?.getHeapStatistics?.().heap_size_limit
  // It is set when the process starts.
  return limit === undefined
    ? undefined
    : { read: () => [gauge('heap.limit', { unit: 'By', value: limit })] }
}

const MICROSECONDS = 1e6
const NANOSECONDS = 1e9

function openCpu(platform: Platform): Source | undefined {
  if (!platform.cpuUsage) return undefined
  return {
    read() {
      const { user, system } = platform.cpuUsage?.() ?? { user: 0, system: 0 }
      return [
        counter('cpu.time', {
          value: user / MICROSECONDS,
          attributes: { 'plinth.cpu.mode': 'user' },
        }),
        counter('cpu.time', {
          value: system / MICROSECONDS,
          attributes: { 'plinth.cpu.mode': 'system' },
        }),
      ]
    },
  }
}

/** Milliseconds: several readers must not each see the part that the others left. */
const WINDOW = 10_000
const RESOLUTION = 20

function openDelay(platform: Platform): Source | undefined {
  const delays = hooksOf(platform)?.monitorEventLoopDelay?.({ resolution: RESOLUTION })
  if (!delays) return undefined
  delays.enable()
  const readWindow = windowed(() => {
    const figures = { ...quantilesOf(delays), max: delays.max }
    delays.reset()
    return figures
  })
  return {
    read: () =>
      Object.entries(readWindow()).map(([quantile, value]) =>
        gauge('eventloop.delay', {
          unit: 's',
          // The histogram counts the period of its timer with the delay.
          value: Math.max(0, value / NANOSECONDS - RESOLUTION / 1000),
          attributes: { 'plinth.quantile': quantile },
        }),
      ),
    close: () => delays.disable(),
  }
}

function quantilesOf(delays: DelayHistogram): Record<string, number> {
  return {
    '0.5': delays.percentile(50),
    '0.9': delays.percentile(90),
    '0.99': delays.percentile(99),
  }
}

function openUtilization(platform: Platform): Source | undefined {
  const performance = hooksOf(platform)?.performance
  if (!performance?.eventLoopUtilization) return undefined
  let before: Utilization = { active: 0, idle: 0 }
  const readWindow = windowed(() => {
    const now = performance.eventLoopUtilization?.() ?? before
    const active = now.active - before.active
    const all = active + now.idle - before.idle
    before = now
    return all > 0 ? active / all : 0
  })
  return { read: () => [gauge('eventloop.utilization', { unit: '1', value: readWindow() })] }
}

function openCollection(platform: Platform): Source | undefined {
  const Observer = hooksOf(platform)?.PerformanceObserver
  if (!Observer) return undefined
  let seconds = 0
  let count = 0
  const observer = new Observer((list) => {
    for (const { duration } of list.getEntries()) {
      seconds += duration / 1000
      count += 1
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    read: () => [
      counter('gc.time', { value: seconds }),
      counter('gc.count', { value: count, unit: '{collection}' }),
    ],
    close: () => observer.disconnect(),
  }
}

function hooksOf({ getBuiltinModule }: Platform): Hooks | undefined {
  return getBuiltinModule?.('perf_hooks') as Hooks | undefined
}

/** Reads anew when the window is over, and answers with what was read then until the next is. */
function windowed<T>(read: () => T): () => T {
  let value: T | undefined
  let at = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (value === undefined || now - at >= WINDOW) {
      value = read()
      at = now
    }
    return value
  }
}

type Figure = Pick<Measurement, 'value'> & Partial<Pick<Measurement, 'unit' | 'attributes'>>

function gauge(name: string, { unit = '1', ...figure }: Figure): Measurement {
  return { name: `plinth.process.${name}`, type: 'gauge', unit, ...figure }
}

function counter(name: string, { unit = 's', ...figure }: Figure): Measurement {
  return { name: `plinth.process.${name}`, type: 'counter', unit, ...figure }
}
