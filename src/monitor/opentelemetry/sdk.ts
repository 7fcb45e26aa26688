/*
 * As much of OpenTelemetry's SDK for JavaScript as is called, by structure: no version of it is needed, and
 * its own types fit.
 */

/** A `SpanProcessor`, such as `new BatchSpanProcessor({ exporter })`. */
export interface SpanSink {
  // The SDK's own span, which is told here by its members.
  onEnd(span: never): void
  forceFlush(): Promise<void>
}

/** A `LogRecordProcessor`, such as `new BatchLogRecordProcessor({ exporter })`. */
export interface LogSink {
  onEmit(record: never): void
  forceFlush(): Promise<void>
}

/** A `MetricReader`, such as `new PeriodicExportingMetricReader({ exporter })`. */
export interface MetricSink {
  setMetricProducer(producer: never): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** Gives the metrics as they are, as a `MetricProducer` does. */
export interface MetricSource {
  collect(): Promise<{ readonly resourceMetrics: object; readonly errors: unknown[] }>
}

export const SCOPE = { name: 'plinth' } as const

/** Whole seconds and nanoseconds. */
export type HrTime = [seconds: number, nanoseconds: number]

export function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000)
  const nanoseconds = Math.round((milliseconds - seconds * 1000) * 1_000_000)
  return nanoseconds === 1e9 ? [seconds + 1, 0] : [seconds, nanoseconds]
}

/** Added part by part: as one number a time since 1970 has no room for nanoseconds. */
export function addTimes(one: HrTime, other: HrTime): HrTime {
  const nanoseconds = one[1] + other[1]
  const over = nanoseconds >= 1e9 ? 1 : 0
  return [one[0] + other[0] + over, nanoseconds - over * 1e9]
}

/** Attributes that have a value. */
export function presentIn(attributes: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}
