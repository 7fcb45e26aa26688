import { release, type SpanRecord } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.ts'
import { type Message, toLog, toMetrics, toSpan } from './records.ts'
import type { Deliver } from './transport.ts'

export interface OtlpSettings {
  readonly deliver: Deliver
  /** Who reports. */
  readonly resource: Message
  readonly limits: OutboxOptions
  /** Milliseconds. */
  readonly metricsInterval: number
}

/** Milliseconds that a flush may take: a collector that is away keeps no server from closing, and no worker from ending. */
const PATIENCE = 5000
type Signal = Parameters<Deliver>[0]
const SCOPE = { name: 'plinth' }

/** Starts to send. Nothing here rejects: what is lost is counted. */
export function openOtlp(
  { deliver, resource, limits, metricsInterval }: OtlpSettings,
  { signals, clock, metrics, redactor }: MonitorPorts,
): OpenMonitorPart {
  const since = clock.now()
  const ended = new AbortController()

  function lose(signal: Signal, reason: string, count: number): void {
    signals.measure({
      name: 'plinth.monitor.export.lost',
      type: 'counter',
      unit: '{record}',
      value: count,
      attributes: { 'plinth.signal': signal, 'error.type': reason },
    })
  }

  async function send(kind: Signal, count: number, toMessage: () => Message): Promise<void> {
    try {
      const lost = await deliver(kind, { message: toMessage(), count, signal: ended.signal })
      if (lost) lose(kind, lost.reason, lost.count)
    } catch {
      // A record that cannot be written, such as one with a time that is none.
      lose(kind, 'unwritable', count)
    }
  }

  function outboxOf<T>(
    kind: 'traces' | 'logs',
    toMessage: (records: readonly T[]) => Message,
  ): Outbox<T> {
    return createOutbox<T>(limits, {
      send: (records) => send(kind, records.length, () => toMessage(records)),
      onDropped: (count) => lose(kind, ended.signal.aborted ? 'closed' : 'queue_full', count),
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
    const all = [...metrics.families()]
    const count = all.reduce((points, { series }) => points + series.size, 0)
    if (count === 0) return
    await send('metrics', count, () => {
      const scopeMetrics = [
        { scope: SCOPE, metrics: toMetrics(metrics, { since, now: clock.now() }) },
      ]
      return { resourceMetrics: [{ resource, scopeMetrics }] }
    })
  }

  /** One report at a time: the next one says all that this one does. */
  let reporting: Promise<void> | undefined
  function report(): Promise<void> {
    reporting ??= sendMetrics().finally(() => {
      reporting = undefined
    })
    return reporting
  }

  const timer = setInterval(() => void report(), metricsInterval)
  release(timer)

  async function flush(): Promise<void> {
    await patiently(Promise.all([spans.flush(), logs.flush(), report()]))
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
      await flush()
      ended.abort()
      spans.close()
      logs.close()
      // What is on its way ends at once, and is counted.
      await patiently(Promise.all([spans.flush(), logs.flush(), reporting]))
    },
  }
}

async function patiently(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
