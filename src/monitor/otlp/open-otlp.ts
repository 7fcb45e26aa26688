import { release, type SpanRecord } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.ts'
import { type Message, toLog, toMetrics, toSpan } from './records.ts'
import { createRuns } from './runs.ts'
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
  const reports = createRuns()
  let closed = false

  function lose(signal: Signal, reason: string, count: number): void {
    signals.measure({
      name: 'plinth.monitor.export.lost',
      type: 'counter',
      unit: '{record}',
      value: count,
      attributes: { 'plinth.signal': signal, 'error.type': reason },
    })
  }

  async function send(
    kind: Signal,
    { count, signal, toMessage }: { count: number; signal: AbortSignal; toMessage(): Message },
  ): Promise<void> {
    try {
      const lost = await deliver(kind, { message: toMessage(), count, signal })
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
      send(records, signal) {
        return send(kind, { count: records.length, signal, toMessage: () => toMessage(records) })
      },
      onDropped: (count) => lose(kind, closed ? 'closed' : 'queue_full', count),
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

  async function sendMetrics(signal: AbortSignal): Promise<void> {
    const all = [...metrics.families()]
    const count = all.reduce((points, { series }) => points + series.size, 0)
    if (count === 0) return
    const toMessage = (): Message => {
      const scopeMetrics = [
        { scope: SCOPE, metrics: toMetrics(metrics, { since, now: clock.now() }) },
      ]
      return { resourceMetrics: [{ resource, scopeMetrics }] }
    }
    await send('metrics', { count, signal, toMessage })
  }

  /** One report at a time: the next one says all that this one does. */
  let reporting: Promise<void> | undefined
  function report(): Promise<void> {
    reporting ??= reports.run(sendMetrics).finally(() => {
      reporting = undefined
    })
    return reporting
  }

  const timer = setInterval(() => void report(), metricsInterval)
  release(timer)

  async function flush(): Promise<void> {
    const sent = Promise.all([spans.flush(), logs.flush(), report()])
    if (await settles(sent)) return
    reporting = undefined
    for (const each of [spans, logs, reports]) each.giveUp()
    // What was given up ends at once, and is counted.
    await settles(sent)
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
      closed = true
      spans.close()
      logs.close()
    },
  }
}

/** Whether the work settles in time. */
async function settles(work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, false)
  })
  const settled = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return settled
}
