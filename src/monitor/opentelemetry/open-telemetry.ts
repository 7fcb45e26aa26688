import { assertKnown, misuse } from '../../kernel/index.ts'
import type { MonitorPart, MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createSource } from './collect.ts'
import { toLogRecord, toReadableSpan } from './readable.ts'
import type { LogSink, MetricSink, SpanSink } from './sdk.ts'

/** What of a team's own SDK is handed telemetry. */
export interface OpenTelemetryOptions {
  /** Who reports: the SDK's resource, such as `resourceFromAttributes({ 'service.name': 'shop' })`. */
  readonly resource: object
  /** Told of each sampled span when it has ended; of its beginning they are not told. */
  readonly spanProcessors?: readonly SpanSink[]
  readonly logRecordProcessors?: readonly LogSink[]
  /** Readers of their own, that no `MeterProvider` has: a reader has one source. */
  readonly metricReaders?: readonly MetricSink[]
}

/**
 * Makes a part of monitoring that hands spans, log records and metrics to a team's own OpenTelemetry SDK
 * for JavaScript: to its processors and readers, as they are, with the ids, times and parents that they
 * have here. Secrets are taken out first.
 *
 * The processors may be those of the team's own providers, which shut them down. Readers belong to this
 * part and are shut down with it.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { openTelemetry, type SpanSink } from 'plinth/monitor/opentelemetry'
 *
 * export function open(processor: SpanSink, resource: object) {
 *   return backend({
 *     data: sqlite(':memory:', []),
 *     monitor: { parts: [openTelemetry({ resource, spanProcessors: [processor] })] },
 *   })
 * }
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions): MonitorPart {
  assertKnown('openTelemetry()', options, [
    'resource',
    'spanProcessors',
    'logRecordProcessors',
    'metricReaders',
  ])
  const { resource, spanProcessors = [], logRecordProcessors = [], metricReaders = [] } = options
  if (typeof resource !== 'object' || resource === null) {
    throw misuse('openTelemetry().resource', "expected the SDK's resource")
  }
  assertAll('spanProcessors', spanProcessors, 'onEnd')
  assertAll('logRecordProcessors', logRecordProcessors, 'onEmit')
  assertAll('metricReaders', metricReaders, 'setMetricProducer')
  return { kind: 'monitor-part', name: 'opentelemetry', open: (ports) => openPart(options, ports) }
}

function openPart(
  {
    resource,
    spanProcessors = [],
    logRecordProcessors = [],
    metricReaders = [],
  }: OpenTelemetryOptions,
  { metrics, clock, redactor }: MonitorPorts,
): OpenMonitorPart {
  const source = createSource(metrics, resource, clock)
  for (const reader of metricReaders) reader.setMetricProducer(source as never)
  const all = [...spanProcessors, ...logRecordProcessors, ...metricReaders]

  async function flush(): Promise<void> {
    // What an exporter fails with is its own to tell.
    await Promise.allSettled(all.map((each) => each.forceFlush()))
  }

  return {
    listener: {
      ...(spanProcessors.length > 0 && {
        span(record) {
          if (!record.sampled) return
          const span = toReadableSpan(record, resource, redactor)
          for (const processor of spanProcessors) processor.onEnd(span as never)
        },
      }),
      ...(logRecordProcessors.length > 0 && {
        log(record) {
          const given = { time: clock.now(), resource, redactor }
          for (const processor of logRecordProcessors) {
            processor.onEmit(toLogRecord(record, given) as never)
          }
        },
      }),
    },
    flush,
    async close() {
      await flush()
      await Promise.allSettled(metricReaders.map((reader) => reader.shutdown()))
    },
  }
}

function assertAll(name: string, given: unknown, method: string): void {
  const fits = (each: object | null) =>
    typeof (each as Record<string, unknown>)?.[method] === 'function'
  if (Array.isArray(given) && given.every(fits)) return
  throw misuse(`openTelemetry().${name}`, `expected a list of what has ${method}()`)
}
