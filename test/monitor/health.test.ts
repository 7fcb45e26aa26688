import { createApp } from 'plinth/http'
import { createSignals, type LogRecord } from 'plinth/kernel'
import { type Check, openMonitor, type Readiness } from 'plinth/monitor'
import { expect, onTestFinished, test, vi } from 'vitest'

async function ask(
  path: string,
  checks: Record<string, Check>,
): Promise<{ status: number; body: unknown }> {
  const signals = createSignals()
  const { operations } = openMonitor({ signals, checks, logs: false })
  const response = await createApp({ operations, signals }).fetch(
    new Request(`http://localhost${path}`),
  )
  return { status: response.status, body: await response.json() }
}

const broken = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3'))

test('is alive whatever its checks say', async () => {
  expect(await ask('/health', { database: broken })).toEqual({
    status: 200,
    body: { status: 'alive' },
  })
})

test('is ready when every check passes', async () => {
  const checks = { database: async () => {}, cache: async () => {} }
  expect(await ask('/ready', checks)).toEqual({
    status: 200,
    body: { status: 'ready', checks: ['database', 'cache'] },
  })
})

test('names what is not ready and keeps the reason private', async () => {
  const { status, body } = await ask('/ready', { database: broken, cache: async () => {} })
  expect(status).toBe(503)
  expect(body).toMatchObject({ code: 'not_ready', failed: ['database'] })
  expect(JSON.stringify(body)).not.toContain('10.1.2.3')
})

test('is not ready any more once its server drains', async () => {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false })
  const app = createApp({ operations: monitor.operations, signals })
  const ask = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost${path}`))
    return [response.status, await response.json()]
  }
  expect(await ask('/ready')).toEqual([200, { status: 'ready', checks: [] }])
  monitor.drain()
  const printed = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => printed.mockRestore())
  expect(await ask('/ready')).toMatchObject([503, { code: 'draining' }])
  expect(printed).not.toHaveBeenCalled()
  expect(await ask('/health')).toEqual([200, { status: 'alive' }])
})

test('gives a check that hangs up after two seconds', async () => {
  const { status, body } = await ask('/ready', { database: () => new Promise(() => {}) })
  expect(status).toBe(503)
  expect(body).toMatchObject({ failed: ['database'] })
})

const never = () => new Promise<void>(() => {})

const FAILING: readonly [string, Check][] = [
  [
    'throws at once',
    () => {
      throw new Error('no')
    },
  ],
  [
    'throws nothing at all',
    () => {
      throw undefined
    },
  ],
  ['rejects', broken],
  ['gives false', () => false],
  ['resolves to false', async () => false],
  ['never settles', { check: never, timeout: 1 }],
]

test.each(FAILING)('[ASVS 16.5.3] is not ready while a check %s', async (_, check) => {
  const { status, body } = await ask('/ready', { good: () => undefined, bad: check })
  expect([status, (body as { failed: unknown }).failed]).toEqual([503, ['bad']])
})

test('takes whatever is not false for a pass', async () => {
  const checks = { a: () => undefined, b: () => 0, c: async () => 'fine', d: { check: () => true } }
  expect(await ask('/ready', checks)).toMatchObject({
    status: 200,
    body: { checks: ['a', 'b', 'c', 'd'] },
  })
})

function createWorld(checks: Record<string, Check>): {
  ready(): Promise<number>
  records: LogRecord[]
  advance(milliseconds: number): void
} {
  let now = 1_000_000
  const signals = createSignals()
  const records: LogRecord[] = []
  signals.subscribe({ log: (record) => void records.push(record) })
  const clock = { now: () => now }
  const { operations } = openMonitor({ signals, checks, logs: false, clock })
  const app = createApp({ operations, signals, clock })
  return {
    ready: async () => (await app.fetch(new Request('http://localhost/ready'))).status,
    records,
    advance(milliseconds) {
      now += milliseconds
    },
  }
}

test('[ASVS 15.2.2] shares one run among all who ask at once', async () => {
  let runs = 0
  const { ready } = createWorld({
    slow: { check: () => new Promise((resolve) => setTimeout(resolve, 20, ++runs)), cache: 0 },
  })
  expect(await Promise.all(Array.from({ length: 100 }, ready))).toEqual(Array(100).fill(200))
  expect(runs).toBe(1)
  await ready()
  expect(runs).toBe(2)
})

test('keeps an answer for as long as it is good', async () => {
  const runs = { plain: 0, long: 0 }
  const { ready, advance } = createWorld({
    plain: () => {
      runs.plain += 1
    },
    long: {
      check: () => {
        runs.long += 1
        return runs.long < 2
      },
      cache: 5000,
    },
  })
  expect(await ready()).toBe(200)
  await ready()
  expect(runs).toEqual({ plain: 1, long: 1 })
  advance(1000)
  await ready()
  expect(runs).toEqual({ plain: 2, long: 1 })
  advance(4000)
  expect(await ready()).toBe(503)
  expect(runs).toEqual({ plain: 3, long: 2 })
})

test('aborts the signal of a check that is given up', async () => {
  let aborted: unknown
  const { ready } = createWorld({
    hanging: {
      timeout: 1,
      check: (signal) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason
        })
        return never()
      },
    },
  })
  expect(await ready()).toBe(503)
  expect(aborted).toBeInstanceOf(Error)
})

test('begins no more of what never ends', async () => {
  let runs = 0
  const { ready } = createWorld({
    hanging: {
      timeout: 1,
      cache: 0,
      check: () => {
        runs += 1
        return never()
      },
    },
  })
  for (let asked = 0; asked < 15; asked++) expect(await ready()).toBe(503)
  expect(runs).toBe(10)
})

test('reports a check once when it changes', async () => {
  let fit = true
  const check = () => {
    if (!fit) throw new Error('connect ECONNREFUSED')
  }
  const { ready, records, advance } = createWorld({ stripe: { check, cache: 1 } })
  const printed = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => printed.mockRestore())
  for (const next of [true, true, false, false, false, true, true, false]) {
    fit = next
    await ready()
    advance(1)
  }
  expect(records.map(({ event, level }) => [event, level])).toEqual([
    ['plinth.check_failed', 'error'],
    ['plinth.check_passed', 'info'],
    ['plinth.check_failed', 'error'],
  ])
  expect(records[0]).toMatchObject({
    message: 'check "stripe" fails',
    error: new Error('connect ECONNREFUSED'),
  })
})

test('gives parts the results with since when they hold', async () => {
  let readiness: Readiness | undefined
  let fit = true
  let now = 1000
  openMonitor({
    signals: createSignals(),
    logs: false,
    metrics: false,
    clock: { now: () => now },
    checks: { one: { check: () => fit, cache: 0 } },
    parts: [
      {
        kind: 'monitor-part',
        name: 'x',
        open: (ports) => {
          readiness = ports.readiness
          return {}
        },
      },
    ],
  })
  const result = async () => (await readiness?.results())?.[0]
  expect(await result()).toMatchObject({ name: 'one', ok: true, since: 1000, at: 1000 })
  now = 2000
  expect(await result()).toMatchObject({ ok: true, since: 1000, at: 2000 })
  now = 3000
  fit = false
  expect(await result()).toMatchObject({ ok: false, since: 3000, error: expect.any(Error) })
})

const MISTAKES: readonly [string, unknown][] = [
  ['no function', 'stripe'],
  ['nothing', null],
  ['an option without a check', {}],
  ['an unknown option', { check: never, timout: 3 }],
  ['a timeout of nothing', { check: never, timeout: 0 }],
  ['a cache below nothing', { check: never, cache: -1 }],
  ['a timeout that timers do not know', { check: never, timeout: 2 ** 31 }],
]

test.each(MISTAKES)('refuses %s as a check', (_, check) => {
  const checks = { bad: check as Check }
  expect(() => openMonitor({ signals: createSignals(), checks })).toThrow(/monitor\.checks\.bad/)
})
