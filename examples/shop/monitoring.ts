/** What is seen of the shop at work: by whoever sits at its machine. */

import { loopback } from 'plinth/http'
import { type MonitorOptions, repeated, slowQueries } from 'plinth/monitor'
import { alerts, burnRate, threshold } from 'plinth/monitor/alerts'
import { dashboard } from 'plinth/monitor/dashboard'

export const monitoring: MonitorOptions = {
  metrics: { guard: loopback },
  parts: [
    dashboard({ guard: loopback }),
    slowQueries({ after: 100 }),
    repeated(),
    // Told by the log alone, until there is somebody to wake: `to: [webhook({ url })]`.
    alerts({
      service: 'flag shop',
      rules: [
        burnRate('availability', { objective: 0.999 }),
        threshold('slow answers', { of: 'p95', above: 0.3, severity: 'ticket' }),
      ],
    }),
  ],
}
