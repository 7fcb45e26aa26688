/** A Worker that sends its telemetry to a collector, and tells when it is busy. */

import { createApp } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { openMonitor, otlp } from 'plinth/monitor'
import { alerts, threshold, webhook } from 'plinth/monitor/alerts'
import { serve } from 'plinth/workers'

export const worker = serve(
  () => {
    const signals = createSignals()
    const collector = otlp({
      url: 'http://collector.example',
      protocol: 'http/json',
      compression: 'gzip',
      service: { name: 'worker' },
    })
    const busy = alerts({
      every: 100,
      rules: [threshold('busy', { of: 'count', above: 3, window: 10_000 })],
      to: [webhook({ url: 'https://pager.example' })],
    })
    const monitor = openMonitor({ signals, logs: false, parts: [collector, busy] })
    const app = createApp({ operations: monitor.operations, signals })
    return { ...app, flush: monitor.flush }
  },
  { flush: (app) => app.flush() },
)
