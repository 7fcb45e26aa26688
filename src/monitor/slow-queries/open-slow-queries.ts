import { release, type SpanRecord } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { createPlans, type PlanAnswer } from './plans.ts'

export interface SlowQuerySettings {
  readonly after: number
  readonly planEvery: number
}

interface SlowQuery {
  readonly span: SpanRecord
  /** The request it was run for, once that has ended. */
  operation: string | undefined
}

/** Slow queries that may wait to be logged. */
const CAPACITY = 100
/** Milliseconds between two rounds of logging. */
const ROUND = 1000

/** Begins to listen. */
export function openSlowQueries(
  { after, planEvery }: SlowQuerySettings,
  { signals, clock, queryPlanner }: MonitorPorts,
): OpenMonitorPart {
  const plans = createPlans({ clock, planEvery, planner: queryPlanner?.() })
  let waiting: SlowQuery[] = []
  let dropped = 0
  let logging: Promise<void> | undefined
  // Begun here and not by a query: that one's transaction would be the timer's as well.
  const timer = setInterval(() => void round(), ROUND)
  release(timer)

  return {
    wantsAll: true,
    listener: {
      span(span) {
        if (span.kind === 'server') nameOperation(span)
        else if (span.duration > after && span.attributes['db.system.name'] !== undefined) add(span)
      },
    },
    flush: round,
    async close() {
      clearInterval(timer)
      plans.stop()
      await round()
    },
  }

  function add(span: SpanRecord): void {
    if (signals.measurements) {
      signals.measure({
        name: 'plinth.data.slow_queries',
        type: 'counter',
        unit: '{query}',
        value: 1,
        attributes: {
          'db.collection.name': span.attributes['db.collection.name'],
          'db.operation.name': span.attributes['db.operation.name'],
        },
      })
    }
    if (waiting.length < CAPACITY) waiting.push({ span, operation: undefined })
    else dropped += 1
  }

  function nameOperation({ traceId, name }: SpanRecord): void {
    for (const slow of waiting) if (slow.span.traceId === traceId) slow.operation ??= name
  }

  /** Logs what waits; a request that still runs then goes without its name. */
  function round(): Promise<void> {
    logging ??= logAll().finally(() => {
      logging = undefined
    })
    return logging
  }

  async function logAll(): Promise<void> {
    const batch = waiting
    const lost = dropped
    waiting = []
    dropped = 0
    for (const slow of batch) log(slow, await plans.of(textOf(slow.span)))
    if (lost === 0) return
    signals.log({
      level: 'warn',
      message: `${lost} more slow queries were not logged.`,
      event: 'plinth.data.slow_queries_dropped',
      attributes: { 'plinth.count': lost },
    })
  }

  function log({ span, operation }: SlowQuery, { plan, failed }: PlanAnswer): void {
    const { name, duration, traceId, spanId, sampled, attributes } = span
    const took = Math.round(duration * 1000) / 1000
    const where = operation === undefined ? '' : ` in ${operation}`
    const why = plan && plan.notes.length > 0 ? `: ${plan.notes.join('; ')}` : ''
    signals.log({
      level: 'warn',
      message: `Slow query: ${name} took ${Math.round(duration)} ms${where}${why}.`,
      event: 'plinth.data.slow_query',
      trace: { traceId, spanId, sampled },
      attributes: {
        'db.system.name': attributes['db.system.name'],
        'db.query.summary': name,
        'db.query.text': textOf(span),
        duration_ms: took,
        'plinth.operation': operation,
        'plinth.query.plan': plan?.lines.join('\n'),
        'plinth.query.notes': plan && plan.notes.length > 0 ? plan.notes.join('\n') : undefined,
        'plinth.query.plan_failed': failed,
      },
    })
  }
}

function textOf({ attributes }: SpanRecord): string | undefined {
  const text = attributes['db.query.text']
  return typeof text === 'string' ? text : undefined
}
