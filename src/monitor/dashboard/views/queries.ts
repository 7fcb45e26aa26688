import type { Operation } from '../../../http/index.ts'
import type { SpanRecord } from '../../../kernel/index.ts'
import type { Show } from '../shown.ts'
import { quantile } from '../store/latency.ts'
import type { Line } from '../store/line.ts'
import type { Ring } from '../store/ring.ts'
import type { Statement } from '../store/statements.ts'
import type { Store } from '../store/store.ts'
import { latest } from '../store/traces.ts'
import type { QueriesAnswer, RepeatedRow, StatementRow } from '../wire.ts'
import { type Answering, plain, view } from './view.ts'

/** How often a statement runs in one request before it is called repeated. */
const REPEATED = 5
const ROWS = 100
const SLOW = 20
/** Milliseconds that the search for repetitions, which goes through all spans, is good for. */
const KEEP = 4_000

/** Which statements take the database's time, and which run again and again for one request. */
export function queriesView(answering: Answering, store: Store): Operation {
  const repeated = remembered(answering, () => findRepeated(store.spans, answering.show))
  return view(answering, 'queries', {
    query: plain,
    answer: (): QueriesAnswer => {
      store.settle()
      return {
        statements: [...store.statements.list()]
          .sort((one, two) => two.total - one.total)
          .slice(0, ROWS)
          .map((statement) => toRow(answering.show, statement)),
        slow: latest(store.lines, { limit: SLOW }, isSlow).map(({ message, time, trace }) => ({
          message: answering.show.line(message),
          time,
          trace: trace?.traceId ?? null,
        })),
        repeated: repeated(),
        beyond: store.statements.beyond,
      }
    },
  })
}

/** Reported by `slowQueries()`, where it is among the parts. */
function isSlow({ event }: Line): boolean {
  return event === 'plinth.data.slow_query'
}

function toRow(show: Show, statement: Statement): StatementRow {
  const { summary, text, bins, count, errors, total, longest, last, trace } = statement
  return {
    summary: show.line(summary, 200),
    sql: text === undefined ? null : show.sql(text, 4_000),
    count,
    errors,
    total,
    p50: Math.min(longest, quantile(bins, 0.5) ?? 0),
    p95: Math.min(longest, quantile(bins, 0.95) ?? 0),
    longest,
    last,
    trace,
  }
}

interface Repetition {
  readonly span: SpanRecord
  readonly route: string
  most: number
  requests: number
  trace: string
}

/** Counts statements by request, then puts together the requests of one route. */
function findRepeated(spans: Ring<SpanRecord>, show: Show): RepeatedRow[] {
  const runs = new Map<string, Map<string, { span: SpanRecord; count: number }>>()
  const found = new Map<string, Repetition>()
  for (let number = spans.first; number < spans.next; number += 1) {
    const span = spans.at(number)
    if (span?.attributes['db.query.summary'] !== undefined) count(runs, span)
    else if (span?.kind === 'server') note(span, runs.get(span.traceId))
  }
  return [...found.values()]
    .sort((one, two) => two.most * two.requests - one.most * one.requests)
    .slice(0, ROWS)
    .map(({ span, route, most, requests, trace }) => {
      const sql = span.attributes['db.query.text']
      const summary = show.line(span.attributes['db.query.summary'] ?? span.name, 200)
      const shownSql = sql === undefined ? null : show.sql(sql, 4_000)
      return { route: show.line(route), summary, sql: shownSql, most, requests, trace }
    })

  function note(
    { name, traceId }: SpanRecord,
    statements: Map<string, { span: SpanRecord; count: number }> | undefined,
  ): void {
    runs.delete(traceId)
    for (const [key, { span, count: times }] of statements ?? []) {
      if (times < REPEATED) continue
      const id = `${name}\u0000${key}`
      const fresh = { span, route: name, most: 0, requests: 0, trace: traceId }
      const repetition: Repetition = found.get(id) ?? fresh
      repetition.requests += 1
      if (times > repetition.most) Object.assign(repetition, { most: times, trace: traceId })
      found.set(id, repetition)
    }
  }
}

function count(
  runs: Map<string, Map<string, { span: SpanRecord; count: number }>>,
  span: SpanRecord,
): void {
  const { traceId, attributes, name } = span
  // What writes in a loop is told by its batches; a read that stands in a loop is the common mistake.
  const key = String(attributes['db.query.text'] ?? attributes['db.query.summary'] ?? name)
  const statements = runs.get(traceId) ?? new Map<string, { span: SpanRecord; count: number }>()
  const run = statements.get(key) ?? { span, count: 0 }
  run.count += 1
  statements.set(key, run)
  runs.set(traceId, statements)
}

function remembered<T>({ now }: Answering, make: () => T): () => T {
  let made: { readonly value: T; readonly time: number } | undefined
  return () => {
    if (!made || Math.abs(now() - made.time) > KEEP) made = { value: make(), time: now() }
    return made.value
  }
}
