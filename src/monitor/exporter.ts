import type { Clock, SignalListener, Signals } from '../kernel/index.ts'
import type { Metrics } from './metrics.ts'

/** Sends what signals report to somewhere else. A value: `otlp()` makes one. */
export interface Exporter {
  readonly kind: 'exporter'
  open(ports: ExporterPorts): OpenExporter
}

export interface ExporterPorts {
  readonly signals: Signals
  readonly clock: Clock
  /** What was counted so far. */
  readonly metrics: Metrics
}

/** An exporter at work. */
export interface OpenExporter {
  readonly listener: SignalListener
  /** Sends what is waiting; settles when it was sent or given up. */
  flush(): Promise<void>
  /** The same, and nothing after. */
  close(): Promise<void>
}
