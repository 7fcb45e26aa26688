import type { LogRecord, Measurement, Signals, SpanRecord } from '../kernel/index.ts'

/** All that was reported while it listened. */
export interface Recorder {
  readonly spans: readonly SpanRecord[]
  readonly measurements: readonly Measurement[]
  readonly logs: readonly LogRecord[]
  stop(): void
}

/**
 * Keeps what modules report, so that a test can look at it.
 *
 * ```ts
 * import { createSignals } from 'plinth/kernel'
 * import { recordSignals } from 'plinth/testing'
 *
 * const signals = createSignals()
 * const recorder = recordSignals(signals)
 * signals.log({ level: 'info', message: 'hello' })
 * console.log(recorder.logs.length) // 1
 * ```
 */
export function recordSignals(signals: Signals): Recorder {
  const spans: SpanRecord[] = []
  const measurements: Measurement[] = []
  const logs: LogRecord[] = []
  const stop = signals.subscribe({
    span: (record) => void spans.push(record),
    measurement: (record) => void measurements.push(record),
    log: (record) => void logs.push(record),
  })
  return { spans, measurements, logs, stop }
}
