import type { SpanRecord } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.ts'
import { type Message, toLog, toMetrics, toSpan } from './records.ts'
import { release } from './timer.ts'
import type { Deliver } from './transport.ts'

export interface OtlpSettings {
  readonly deliver: Deliver
  /** Who reports. */
  readonly resource: Message
  readonly limits: OutboxOptions
  /** Milliseconds. */
  readonly metricsInterval: number
}

/** Milliseconds that the last records are given when the server closes. */
const FAREWELL = 5000
const SCOPE = { name: 'plinth' }

/** Starts to send. Nothing here rejects: what is lost is counted. */
export function openOtlp(
  { deliver, resource, limits, metricsInterval }: OtlpSettings,
  { signals, clock, metrics, redactor }: MonitorPorts,
): OpenMonitorPart {
  const since = clock.now()

  function lose(signal: string, reason: string, count: number): void {
    signals.measure({
      name: 'plinth.monitor.export.lost',
      type: 'counter',
      unit: '{record}',
      value: count,
      attributes: { 'plinth.signal': signal, 'error.type': reason },
    })
  }

  async function send(
    kind: Parameters<Deliver>[0],
    message: Message,
    count: number,
  ): Promise<void> {
    const lost = await deliver(kind, message)
    if (lost) lose(kind, lost, count)
  }

  function outboxOf<T>(
    kind: 'traces' | 'logs',
    toMessage: (records: readonly T[]) => Message,
  ): Outbox<T> {
    return createOutbox<T>(limits, {
      send: (records) => send(kind, toMessage(records), records.length),
      onDropped: (count) => lose(kind, 'queue_full', count),
    })
  }

  const spans = outboxOf<SpanRecord>('traces', (records) => ({
    resourceSpans: [
      {
        resource,
        scopeSpans: [{ scope: SCOPE, spans: records.map((record) => toSpan(record, redactor)) }],
      },
    ],
  }))
  const logs = outboxOf<Message>('logs', (logRecords) => ({
    resourceLogs: [{ resource, scopeLogs: [{ scope: SCOPE, logRecords }] }],
  }))

  async function sendMetrics(): Promise<void> {
    const all = toMetrics(metrics, { since, now: clock.now() })
    if (all.length === 0) return
    const scopeMetrics = [{ scope: SCOPE, metrics: all }]
    await send('metrics', { resourceMetrics: [{ resource, scopeMetrics }] }, all.length)
  }

  const timer = setInterval(() => void sendMetrics(), metricsInterval)
  release(timer)

  async function flush(): Promise<void> {
    await Promise.all([spans.flush(), logs.flush(), sendMetrics()])
  }

  return {
    listener: {
      span: (record) => {
        if (record.sampled) spans.add(record.given ? { ...record, given: undefined } : record)
      },
      log: (record) => logs.add(toLog({ record, time: clock.now() }, redactor)),
    },
    flush,
    async close() {
      clearInterval(timer)
      // A collector that is away does not keep a server from closing.
      await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, FAREWELL))])
      spans.close()
      logs.close()
    },
  }
}
