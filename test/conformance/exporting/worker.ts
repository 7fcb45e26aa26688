/** A Worker that sends its telemetry to a collector. */

import { createApp } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { openMonitor, otlp } from 'plinth/monitor'
import { serve } from 'plinth/workers'

export const worker = serve(
  () => {
    const signals = createSignals()
    const collector = otlp({
      url: 'http://collector.example',
      protocol: 'http/json',
      service: { name: 'worker' },
    })
    const monitor = openMonitor({ signals, logs: false, parts: [collector] })
    const app = createApp({ operations: monitor.operations, signals })
    return { ...app, flush: monitor.flush }
  },
  { flush: (app) => app.flush() },
)
