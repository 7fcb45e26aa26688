import type { Operation } from '../http/index.ts'
import type { Clock, SignalListener, Signals } from '../kernel/index.ts'
import type { Readiness } from './health.ts'
import type { Metrics } from './metrics.ts'
import type { Redactor } from './redact.ts'

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
  /** What everything goes through before it is written, sent or kept. */
  readonly redactor: Redactor
  /** What `/ready` asks. */
  readonly readiness: Readiness
  /** The tables of the database. */
  readonly tables?: readonly TableSize[] | undefined
  /** Begins to tell how the database would run statements; undefined or absent where it cannot. */
  readonly queryPlanner?: (() => QueryPlanner | undefined) | undefined
  /** Searches the audit log, where there is one. */
  readonly audit?: AuditSearch | undefined
}

/** Asks how the database would run a statement, without running it; undefined where there is no plan. */
export type QueryPlanner = (text: string) => Promise<QueryPlan | undefined>

/** How a database would run a statement. */
export interface QueryPlan {
  /** In the database's own words. */
  readonly lines: readonly string[]
  /** What is slow about it, in words. */
  readonly notes: readonly string[]
}

/** A table, and how many rows it has. */
export interface TableSize {
  readonly name: string
  count(signal: AbortSignal): Promise<number>
}

/** Finds entries of the audit log that hold a text, the latest first; all with an empty one. */
export type AuditSearch = (asked: {
  readonly text: string
  readonly limit: number
}) => Promise<readonly AuditEntryShown[]>

/** An entry of the audit log in words. */
export interface AuditEntryShown {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly action: string
  /** Who did it, and on whose behalf. */
  readonly actor: string
  /** What it was done to. */
  readonly target: string
  readonly details: readonly (readonly [name: string, value: string])[]
}

/** A part at work. */
export interface OpenMonitorPart {
  /** Told of everything that is reported; of spans, those that `monitor.sampling` keeps. */
  readonly listener?: SignalListener
  /** Whether it is told of all spans, sampled or not. */
  readonly wantsAll?: boolean
  /** Served beside those of monitoring; their names are the part's own. */
  readonly operations?: Readonly<Record<string, Operation>>
  /** What is not served until a guard opens it, and the option that does: said once at the start. */
  readonly closed?: string
  /** Sends what is waiting; settles when it was sent or given up. */
  flush?(): Promise<void>
  /** The same, and nothing after. */
  close?(): Promise<void>
}
