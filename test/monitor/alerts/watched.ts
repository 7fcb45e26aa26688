import { createSignals, createTrace, type LogRecord, type Signals } from 'plinth/kernel'
import { openMonitor } from 'plinth/monitor'
import { type AlertNotice, type AlertRule, type AlertsOptions, alerts } from 'plinth/monitor/alerts'
import { createFakeClock, type FakeClock } from 'plinth/testing'
import { onTestFinished } from 'vitest'

/** Metrics that are watched, on a clock that the test moves. */
export interface Watched {
  readonly signals: Signals
  readonly clock: FakeClock
  readonly notices: readonly AlertNotice[]
  readonly logs: readonly LogRecord[]
  /** What was told since the last call, as `firing errors`. */
  told(): string[]
  /** Lets so many seconds pass, a look every 15, with traffic before each. */
  pass(seconds: number, traffic?: () => void): Promise<void>
  /** Answers so many requests; of them some with 500. */
  requests(count: number, options?: Traffic): void
}

export interface Traffic {
  readonly failed?: number
  readonly route?: string
  /** Milliseconds. */
  readonly duration?: number
}

const EVERY = 15

export function watch(
  rules: readonly AlertRule[],
  options: Omit<AlertsOptions, 'rules'> = {},
): Watched {
  const signals = createSignals()
  const clock = createFakeClock()
  const notices: AlertNotice[] = []
  const logs: LogRecord[] = []
  signals.subscribe({ log: (record) => void logs.push(record) })
  const recorder = {
    name: 'recorder',
    send: async (notice: AlertNotice) => void notices.push(notice),
  }
  const part = alerts({ rules, ...options, to: [recorder, ...(options.to ?? [])] })
  const monitor = openMonitor({ signals, clock, logs: false, metrics: false, parts: [part] })
  onTestFinished(() => monitor.close())
  let seen = 0

  return {
    signals,
    clock,
    notices,
    logs,
    told() {
      const fresh = notices.slice(seen)
      seen = notices.length
      return fresh.map(({ type, rule }) => `${type.replace('alert.', '')} ${rule}`)
    },
    async pass(seconds, traffic) {
      for (let left = seconds; left > 0; left -= EVERY) {
        traffic?.()
        clock.advance(EVERY * 1000)
        await monitor.flush()
      }
    },
    requests(count, { failed = 0, route = '/orders', duration = 20 } = {}) {
      for (let at = 0; at < count; at++) {
        signals.span({
          ...createTrace(),
          parentSpanId: undefined,
          name: `GET ${route}`,
          kind: 'server',
          start: clock.now(),
          duration,
          attributes: {
            'http.request.method': 'GET',
            'http.route': route,
            'http.response.status_code': at < failed ? 500 : 200,
            'error.type': at < failed ? 'Error' : undefined,
          },
        })
      }
    },
  }
}

/** Reports one value of a metric. */
export function measure(
  signals: Signals,
  name: string,
  value: number,
  type: 'counter' | 'gauge' | 'histogram' = 'gauge',
): void {
  signals.measure({ name, type, unit: 's', value })
}
