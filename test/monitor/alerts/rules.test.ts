import { PlinthError } from 'plinth/kernel'
import { type AlertRule, alerts, burnRate, rate, threshold } from 'plinth/monitor/alerts'
import { describe, expect, it } from 'vitest'
import { measure, watch } from './watched.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

describe('rate()', () => {
  it('tells once when too many requests fail', async () => {
    const { requests, pass, told, notices } = watch([rate('errors', { above: 0.05 })])
    await pass(10 * MINUTE, () => requests(100, { failed: 1 }))
    expect(told()).toEqual([])
    await pass(10 * MINUTE, () => requests(100, { failed: 10 }))
    expect(told()).toEqual(['firing errors'])
    expect(notices[0]).toMatchObject({ severity: 'page', service: 'plinth' })
    expect(notices[0]?.words).toMatch(/^\d.* % of 2000 in 5 min; the limit is 5 %$/)
  })

  it('says nothing about silence, before and after traffic', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.05 })])
    await pass(10 * MINUTE)
    await pass(MINUTE, () => requests(100))
    await pass(HOUR)
    expect(told()).toEqual([])
  })

  it('says nothing about fewer than it needs', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.05, atLeast: 10 })])
    requests(9, { failed: 9 })
    await pass(MINUTE)
    expect(told()).toEqual([])
    requests(1)
    await pass(MINUTE)
    expect(told()).toEqual(['firing errors'])
  })

  it('is at its limit without being above it', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.5 })])
    await pass(10 * MINUTE, () => requests(10, { failed: 5 }))
    expect(told()).toEqual([])
  })

  it('counts the requests of its route alone', async () => {
    const where = { 'http.route': '/checkout' }
    const bad = { where: { ...where, 'error.type': true } }
    const { requests, pass, told } = watch([rate('checkout', { bad, all: { where }, above: 0.2 })])
    await pass(10 * MINUTE, () => {
      requests(100, { failed: 100 })
      requests(10, { route: '/checkout', failed: 1 })
    })
    expect(told()).toEqual([])
    await pass(10 * MINUTE, () => requests(10, { route: '/checkout', failed: 5 }))
    expect(told()).toEqual(['firing checkout'])
  })
})

describe('an incident', () => {
  const failing = { failed: 50 }

  it('resolves once when it has been over for a while', async () => {
    const { requests, pass, told, notices } = watch([rate('errors', { above: 0.05 })])
    await pass(6 * MINUTE, () => requests(100, failing))
    expect(told()).toEqual(['firing errors'])
    await pass(4 * MINUTE, () => requests(100))
    expect(told()).toEqual([])
    await pass(20 * MINUTE, () => requests(100))
    expect(told()).toEqual(['resolved errors'])
    const [first, second] = notices
    expect(second?.incident).toBe(first?.incident)
    expect(second?.since).toEqual(first?.since)
  })

  it('resolves when the traffic that failed has ended', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.05 })])
    await pass(MINUTE, () => requests(100, failing))
    await pass(20 * MINUTE)
    expect(told()).toEqual(['firing errors', 'resolved errors'])
  })

  it('is told of only after it has held long enough', async () => {
    const rule = rate('errors', { above: 0.05, window: MINUTE * 1000, for: 3 * MINUTE * 1000 })
    const { requests, pass, told } = watch([rule])
    await pass(2 * MINUTE, () => requests(100, failing))
    await pass(5 * MINUTE, () => requests(100))
    expect(told()).toEqual([])
    await pass(3 * MINUTE, () => requests(100, failing))
    expect(told()).toEqual([])
    await pass(MINUTE, () => requests(100, failing))
    expect(told()).toEqual(['firing errors'])
  })

  it('is told of again while it goes on', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.05, repeat: HOUR * 1000 })])
    await pass(2 * HOUR + 5 * MINUTE, () => requests(20, { failed: 10 }))
    expect(told()).toEqual(['firing errors', 'repeated errors', 'repeated errors'])
  })

  it('is not told of again where repetition is switched off', async () => {
    const { requests, pass, told } = watch([rate('errors', { above: 0.05, repeat: 0 })])
    await pass(6 * HOUR, () => requests(20, { failed: 10 }))
    expect(told()).toEqual(['firing errors'])
  })

  it('waits for the cooldown of the one before', async () => {
    const rule = rate('errors', {
      above: 0.05,
      window: 30_000,
      resolveAfter: 0,
      cooldown: 10 * MINUTE * 1000,
    })
    const { requests, pass, told } = watch([rule])
    const flap = async () => {
      await pass(MINUTE, () => requests(100, failing))
      await pass(MINUTE, () => requests(100))
    }
    for (let times = 0; times < 5; times++) await flap()
    expect(told()).toEqual(['firing errors', 'resolved errors'])
    await pass(5 * MINUTE, () => requests(100, failing))
    expect(told()).toEqual(['firing errors'])
  })

  it('does not count time that nobody watched', async () => {
    const rule = rate('errors', { above: 0.05, for: 10 * MINUTE * 1000 })
    const { requests, pass, told, clock } = watch([rule])
    await pass(MINUTE, () => requests(100, failing))
    clock.advance(HOUR * 1000)
    await pass(MINUTE, () => requests(100, failing))
    expect(told()).toEqual([])
    await pass(10 * MINUTE, () => requests(100, failing))
    expect(told()).toEqual(['firing errors'])
  })

  it('outlives a clock that is put back by hours', async () => {
    const rule = rate('errors', { above: 0.05, for: 2 * MINUTE * 1000 })
    const { requests, pass, told, clock } = watch([rule])
    await pass(MINUTE, () => requests(100, failing))
    clock.advance(-5 * HOUR * 1000)
    await pass(MINUTE, () => requests(100, failing))
    clock.advance(-5 * HOUR * 1000)
    await pass(MINUTE, () => requests(100, failing))
    expect(told()).toEqual(['firing errors'])
    await pass(20 * MINUTE, () => requests(100))
    expect(told()).toEqual(['resolved errors'])
  })

  it('is a line of the log and a gauge', async () => {
    const { requests, pass, logs, signals } = watch([rate('errors', { above: 0.05 })])
    const active: number[] = []
    signals.subscribe({
      measurement: ({ name, value }) => void (name === 'plinth.alert.active' && active.push(value)),
    })
    await pass(30, () => requests(100))
    await pass(5 * MINUTE, () => requests(100, failing))
    await pass(20 * MINUTE, () => requests(100))
    expect(logs.map(({ event, level }) => [event, level])).toEqual([
      ['plinth.alert.firing', 'warn'],
      ['plinth.alert.resolved', 'info'],
    ])
    expect([active.at(0), active.at(-1), Math.max(...active)]).toEqual([0, 0, 1])
  })
})

describe('threshold()', () => {
  it('judges a percentile of one route', async () => {
    const rule = threshold('slow', { where: { 'http.route': '/checkout' }, of: 'p95', above: 0.3 })
    const { requests, pass, told, notices } = watch([rule])
    await pass(10 * MINUTE, () => {
      requests(50, { duration: 4000 })
      requests(96, { route: '/checkout', duration: 20 })
      requests(4, { route: '/checkout', duration: 4000 })
    })
    expect(told()).toEqual([])
    await pass(10 * MINUTE, () => requests(100, { route: '/checkout', duration: 400 }))
    expect(told()).toEqual(['firing slow'])
    expect(notices[0]?.words).toMatch(
      /^p95 of http\.server\.request\.duration over 5 min is .* s; the/,
    )
  })

  it('estimates as Prometheus does within a bucket', async () => {
    const rule = threshold('slow', { of: 'p50', above: 0.2, atLeast: 1 })
    const { requests, pass, notices } = watch([rule])
    // All 10 lie between 0.1 and 0.25: the middle of them is in the middle of that.
    requests(10, { duration: 240 })
    await pass(15)
    expect(notices).toEqual([])
    requests(30, { duration: 400 })
    await pass(15)
    // Rank 20 of 40, the tenth of the 30 between 0.25 and 0.5.
    expect(notices[0]?.value).toBeCloseTo(0.25 + 0.25 / 3)
  })

  it('judges the mean of a gauge over its window', async () => {
    const rule = threshold('lag', { metric: 'plinth.lag', above: 0.1 })
    const { signals, pass, told } = watch([rule])
    await pass(5 * MINUTE, () => measure(signals, 'plinth.lag', 0.01))
    await pass(15, () => measure(signals, 'plinth.lag', 1))
    expect(told()).toEqual([])
    await pass(MINUTE, () => measure(signals, 'plinth.lag', 1))
    expect(told()).toEqual(['firing lag'])
  })

  it('judges what a gauge was read as last, from below', async () => {
    const rule = threshold('free', { metric: 'plinth.free', of: 'last', below: 2 })
    const { signals, pass, told } = watch([rule])
    await pass(MINUTE, () => measure(signals, 'plinth.free', 2))
    await pass(MINUTE, () => measure(signals, 'plinth.free', 1))
    expect(told()).toEqual(['firing free'])
  })

  it('judges the rate of a counter by the second', async () => {
    const rule = threshold('losses', { metric: 'plinth.lost', above: 2 })
    const { signals, pass, told, notices } = watch([rule])
    await pass(5 * MINUTE, () => measure(signals, 'plinth.lost', 30, 'counter'))
    expect(told()).toEqual([])
    await pass(5 * MINUTE, () => measure(signals, 'plinth.lost', 45, 'counter'))
    expect(told()).toEqual(['firing losses'])
    expect(notices[0]?.words).toContain('/s; the limit is above 2')
  })

  it('tells of absent data where that is asked for', async () => {
    const rules = [
      threshold('heartbeat', { metric: 'plinth.beat', of: 'rate', below: 0.01, absent: 'alert' }),
      threshold('quiet', { metric: 'plinth.beat', of: 'rate', below: 0.01 }),
    ]
    const { signals, pass, told } = watch(rules)
    await pass(5 * MINUTE)
    expect(told()).toEqual(['firing heartbeat'])
    await pass(10 * MINUTE, () => measure(signals, 'plinth.beat', 1, 'counter'))
    expect(told()).toEqual(['resolved heartbeat'])
  })

  it('finds nothing in a measure that the metric cannot have', async () => {
    const rule = threshold('odd', { metric: 'plinth.lag', of: 'p99', above: 0 })
    const { signals, pass, told } = watch([rule])
    await pass(10 * MINUTE, () => measure(signals, 'plinth.lag', 9))
    expect(told()).toEqual([])
  })

  it('ignores gauges that are not a number', async () => {
    const { signals, pass, told } = watch([threshold('lag', { metric: 'plinth.lag', above: 1 })])
    await pass(MINUTE, () => measure(signals, 'plinth.lag', Number.NaN))
    await pass(MINUTE, () => measure(signals, 'plinth.lag', Number.POSITIVE_INFINITY))
    expect(told()).toEqual([])
    await pass(5 * MINUTE, () => measure(signals, 'plinth.lag', 2))
    expect(told()).toEqual(['firing lag'])
  })

  it.each(['__proto__', 'constructor', 'a\nb', 'ü\u0000', '{"x":1}', 'x'.repeat(5000)])(
    'watches a metric of a hostile name',
    async (metric) => {
      const { signals, pass, told } = watch([threshold('hostile', { metric, above: 1 })])
      await pass(MINUTE, () => measure(signals, metric, 5))
      expect(told()).toEqual(['firing hostile'])
    },
  )
})

describe('burnRate()', () => {
  const objective = 0.999
  const rules = () => [burnRate('availability', { objective, repeat: 0 })]

  // The workbook's table: with an objective of 99.9 %, 1.44 % failing burns 14.4 times too fast.
  it.each([
    // Portion that fails, how long, and what is told: hand-calculated from the windows.
    { failed: 0, hours: 7, expected: [] },
    // 0.5 % burns 5 times: under both limits.
    { failed: 5, hours: 7, expected: [] },
    // 0.6 % burns exactly 6 times, which is not above 6.
    { failed: 6, hours: 7, expected: [] },
    // 0.7 % burns 7 times: the window of 6 hours.
    { failed: 7, hours: 7, expected: ['firing availability'] },
    // 1.4 % burns 14 times: the window of 6 hours too.
    { failed: 14, hours: 7, expected: ['firing availability'] },
    // 2 % burns 20 times: the window of one hour.
    { failed: 20, hours: 1, expected: ['firing availability'] },
  ])('at $failed of 1000 failing tells $expected', async ({ failed, hours, expected }) => {
    const { requests, pass, told } = watch(rules())
    await pass(
      hours * HOUR,
      once(4 * MINUTE, () => requests(1000, { failed })),
    )
    expect(told()).toEqual(expected)
  })

  it('waits until the long window has burned enough', async () => {
    const { requests, pass, told } = watch(rules())
    await pass(
      6 * HOUR,
      once(MINUTE, () => requests(100)),
    )
    // 10 % failing: 100 times. The hour is above 14.4 times after 8.64 of its 60 minutes; six hours at
    // 6 times after 0.06 * 360 = 21.6 minutes.
    await pass(
      8 * MINUTE,
      once(MINUTE, () => requests(100, { failed: 10 })),
    )
    expect(told()).toEqual([])
    await pass(
      MINUTE,
      once(MINUTE, () => requests(100, { failed: 10 })),
    )
    expect(told()).toEqual(['firing availability'])
  })

  it('ends soon after the errors do, by the short windows', async () => {
    const { requests, pass, told } = watch(rules())
    await pass(
      2 * HOUR,
      once(MINUTE, () => requests(100, { failed: 10 })),
    )
    expect(told()).toEqual(['firing availability'])
    await pass(
      40 * MINUTE,
      once(MINUTE, () => requests(100)),
    )
    // The half hour of the second pair is clean after 30 minutes.
    expect(told()).toEqual(['resolved availability'])
  })

  it('holds a latency to its objective by the buckets', async () => {
    const rule = burnRate('fast', {
      objective: 0.9,
      bad: { above: 0.5 },
      windows: [{ long: HOUR * 1000, short: 5 * MINUTE * 1000, factor: 2 }],
    })
    const { requests, pass, told, notices } = watch([rule])
    // 10 % are slow: the budget burns once as fast as it may.
    await pass(HOUR, () => {
      requests(9, { duration: 100 })
      requests(1, { duration: 700 })
    })
    expect(told()).toEqual([])
    await pass(HOUR, () => {
      requests(6, { duration: 100 })
      requests(4, { duration: 700 })
    })
    expect(told()).toEqual(['firing fast'])
    expect(notices[0]?.words).toMatch(
      /^90 % is the objective; its budget burns 2\.\d* times too fast/,
    )
  })
})

describe('alerts()', () => {
  const rule = rate('errors', { above: 0.05 })
  it.each([
    ['no rules', () => alerts({ rules: [] })],
    ['two rules of one name', () => alerts({ rules: [rule, rule] })],
    ['what is no rule', () => alerts({ rules: [{} as AlertRule] })],
    ['an unknown option', () => alerts({ rules: [rule], evry: 1 } as never)],
    ['a destination that cannot send', () => alerts({ rules: [rule], to: [{}] as never })],
    ['a look that is rarer than a window', () => alerts({ rules: [rule], every: 400_000 })],
    ['a portion above one', () => rate('x', { above: 5 })],
    ['a portion that is no number', () => rate('x', { above: Number.NaN })],
    ['an objective in percent', () => burnRate('x', { objective: 99.9 })],
    [
      'a short window longer than its long one',
      () => burnRate('x', { objective: 0.9, windows: [{ long: 2000, short: 3000, factor: 1 }] }),
    ],
    ['a threshold without a limit', () => threshold('x', {})],
    ['a threshold with two limits', () => threshold('x', { above: 1, below: 2 })],
    ['a measure that there is not', () => threshold('x', { above: 1, of: 'max' as 'mean' })],
    ['a name with a line break', () => rate('x\r\nBcc: all', { above: 0.1 })],
    ['a label that is a number', () => threshold('x', { above: 1, where: { a: 5 as never } })],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(PlinthError)
  })
})

/** Traffic of a look every 15 seconds, only once in so many seconds. */
function once(seconds: number, traffic: () => void): () => void {
  let at = 0
  return () => {
    if (at % (seconds / 15) === 0) traffic()
    at += 1
  }
}
