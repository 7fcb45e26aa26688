/**
 * Listens to what all modules report: metrics in the text format of Prometheus, structured logs with
 * secrets taken out, export over OTLP, health, and hooks for a team's own code.
 *
 * Import from `plinth/monitor`.
 *
 * @module plinth/monitor
 */
export type { Check } from './health.ts'
export type {
  ErrorReported,
  EventReported,
  Hooks,
  QueryEnded,
  RequestEnded,
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
export type { MonitorPart, MonitorPorts, OpenMonitorPart } from './part.ts'
export { isSecretName, redact, redactText } from './redact.ts'
