/**
 * Hands spans, log records and metrics to the processors and readers of a team's own OpenTelemetry SDK.
 *
 * Import from `plinth/monitor/opentelemetry`.
 *
 * @module plinth/monitor/opentelemetry
 */
export { type OpenTelemetryOptions, openTelemetry } from './open-telemetry.ts'
export type { LogSink, MetricSink, SpanSink } from './sdk.ts'
