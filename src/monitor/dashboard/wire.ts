import type { Point, WindowName } from './store/series.ts'

/** The views of the page, in the order in which they are offered. */
export type ViewName =
  | 'requests'
  | 'routes'
  | 'traces'
  | 'queries'
  | 'errors'
  | 'sign-ins'
  | 'audit'
  | 'health'
  | 'tables'

/** What every answer tells of who gave it. */
export interface Answered {
  /** Another one after each start of the server. */
  readonly server: string
  /** Milliseconds since the epoch, as are all times here. */
  readonly now: number
}

export interface StateAnswer {
  readonly views: readonly ViewName[]
  readonly since: number
  readonly development: boolean
  /** The last five minutes of all routes. */
  readonly summary: Point | null
  readonly kept: { readonly spans: number; readonly lines: number; readonly bytes: number } | null
}

export interface RequestRow {
  readonly id: number
  readonly time: number
  readonly method: string
  readonly route: string | null
  readonly path: string
  readonly status: number
  /** Milliseconds, as are all durations here. */
  readonly duration: number
  readonly trace: string
  readonly address: string
}

export interface RequestsAnswer {
  /** What to ask for next: `after`. */
  readonly next: number
  /** The latest, or the slowest, first. */
  readonly rows: readonly RequestRow[]
  /** Whether there were more than are shown. */
  readonly more: boolean
}

export interface RouteRow extends Point {
  readonly method: string
  readonly route: string | null
  /** Counts in the steps of the window. */
  readonly trend: readonly number[]
}

export interface RoutesAnswer {
  readonly window: WindowName
  /** Milliseconds between two points. */
  readonly step: number
  readonly rows: readonly RouteRow[]
  readonly beyond: number
}

export interface SeriesAnswer {
  readonly window: WindowName
  readonly step: number
  /** When the first point begins. */
  readonly start: number
  readonly points: readonly Point[]
  readonly total: Point
}

export type Pairs = readonly (readonly [name: string, value: string])[]

export interface FailureShown {
  readonly type: string
  readonly message: string
  readonly place: string
  readonly stack: string
  readonly cause: FailureShown | null
}

export interface SpanRow {
  readonly id: string
  readonly parent: string | null
  readonly name: string
  readonly kind: string
  readonly time: number
  readonly duration: number
  readonly failed: boolean
  readonly sql: string | null
  readonly attributes: Pairs
}

export interface LineRow {
  readonly time: number
  readonly level: string
  readonly message: string
  readonly event: string | null
  readonly span: string | null
  readonly trace: string | null
  readonly attributes: Pairs
  readonly failure: FailureShown | null
}

export interface TraceAnswer {
  readonly trace: string
  readonly spans: readonly SpanRow[]
  readonly lines: readonly LineRow[]
  /** Whether there may be more than is shown. */
  readonly more: boolean
}

export interface StatementRow {
  readonly summary: string
  readonly sql: string | null
  readonly count: number
  readonly errors: number
  readonly total: number
  readonly p50: number
  readonly p95: number
  readonly longest: number
  readonly last: number
  readonly trace: string
}

export interface RepeatedRow {
  readonly route: string
  readonly summary: string
  readonly sql: string | null
  /** How many times in one request, at most. */
  readonly most: number
  /** In how many requests. */
  readonly requests: number
  readonly trace: string
}

/** A run that was reported as slow. */
export interface SlowRow {
  readonly message: string
  readonly time: number
  readonly trace: string | null
}

export interface QueriesAnswer {
  /** The latest first. */
  readonly slow: readonly SlowRow[]
  readonly statements: readonly StatementRow[]
  readonly repeated: readonly RepeatedRow[]
  readonly beyond: number
}

export interface ErrorRow {
  readonly id: string
  readonly type: string
  readonly message: string
  readonly place: string
  readonly route: string | null
  readonly count: number
  readonly first: number
  readonly last: number
  readonly trace: string | null
}

export interface ErrorsAnswer {
  readonly rows: readonly ErrorRow[]
  readonly forgotten: number
}

export interface ErrorAnswer {
  readonly row: ErrorRow | null
  readonly failure: FailureShown | null
}

export interface EventsAnswer {
  readonly rows: readonly LineRow[]
}

export interface AuditRow {
  readonly id: string
  readonly time: number
  readonly action: string
  readonly actor: string
  readonly target: string
  readonly details: Pairs
}

export interface AuditAnswer {
  readonly rows: readonly AuditRow[]
}

export interface CheckRow {
  readonly name: string
  readonly ok: boolean
  readonly reason: string
  readonly duration: number
}

export interface FigureRow {
  readonly name: string
  readonly labels: string
  readonly unit: string
  readonly value: number
}

export interface HealthAnswer {
  readonly checks: readonly CheckRow[]
  readonly figures: readonly FigureRow[]
}

export interface TableRow {
  readonly name: string
  /** Null when it could not be counted, or not in time. */
  readonly rows: number | null
  /** When it was counted. */
  readonly time: number
}

export interface TablesAnswer {
  readonly rows: readonly TableRow[]
}
