import type { Operation } from '../http/index.ts'
import type { Clock, SignalListener, Signals } from '../kernel/index.ts'
import type { Metrics } from './metrics.ts'

/** A part of monitoring that is passed in as a value, such as `otlp()`. What is not passed costs nothing. */
export interface MonitorPart {
  readonly kind: 'monitor-part'
  /** What it is called in messages. */
  readonly name: string
  open(ports: MonitorPorts): OpenMonitorPart
}

/** What a part works with. */
export interface MonitorPorts {
  readonly signals: Signals
  readonly clock: Clock
  /** What was counted so far. */
  readonly metrics: Metrics
  /** Whether this runs on a developer's own machine. */
  readonly development: boolean
}

/** A part at work. */
export interface OpenMonitorPart {
  /** Told of everything that is reported. */
  readonly listener?: SignalListener
  /** Served beside those of monitoring; their names are the part's own. */
  readonly operations?: Readonly<Record<string, Operation>>
  /** Sends what is waiting; settles when it was sent or given up. */
  flush?(): Promise<void>
  /** The same, and nothing after. */
  close?(): Promise<void>
}
