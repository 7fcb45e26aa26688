/**
 * Listens to what all modules report: metrics in the text format of Prometheus, structured logs with
 * secrets taken out, export over OTLP, health, and hooks for a team's own code.
 *
 * Import from `plinth/monitor`.
 *
 * @module plinth/monitor
 */
export type { Conventions } from './conventions.ts'
export type { Check, CheckFunction, CheckOptions, CheckResult, Readiness } from './health.ts'
export type {
  DenialReported,
  ErrorReported,
  EventReported,
  Hooks,
  LimitHit,
  QueryEnded,
  RequestEnded,
  SignInReported,
  SlowReported,
  TransactionEnded,
} from './hooks.ts'
export type { LogOptions } from './logs.ts'
export {
  type MetricsOptions,
  type Monitor,
  type MonitorOptions,
  type OpenMonitorOptions,
  openMonitor,
} from './monitor.ts'
export { type OtlpOptions, otlp } from './otlp/otlp.ts'
export type {
  AuditEntryShown,
  AuditSearch,
  MonitorPart,
  MonitorPorts,
  OpenMonitorPart,
  QueryPlan,
  QueryPlanner,
  TableSize,
} from './part.ts'
export {
  type CreateRedactorOptions,
  createRedactor,
  type DescribedError,
  isSecretName,
  type RedactOptions,
  type Redactor,
  redact,
  redactText,
  type Shown,
} from './redact.ts'
export { type RepeatedOptions, repeated } from './repeated/repeated.ts'
export type { SamplingOptions } from './sampling.ts'
export { type SlowQueriesOptions, slowQueries } from './slow-queries/slow-queries.ts'
