import type { Operation } from '../../../http/index.ts'
import type { SpanRecord } from '../../../kernel/index.ts'
import type { Show } from '../shown.ts'
import type { Store } from '../store/store.ts'
import type { SpanRow, TraceAnswer } from '../wire.ts'
import { toLineRow } from './line-row.ts'
import { type Answering, plain, view } from './view.ts'

/** From how many on there may be more spans than were kept. */
const MANY = 500

/** Everything that belongs to one trace, as far as it is still kept. */
export function traceView(answering: Answering, store: Store): Operation {
  return view(answering, 'traces/:trace', {
    query: plain,
    answer: (_, { trace = '' }): TraceAnswer => {
      store.settle()
      const { spans, lines } = store.traces.find(trace)
      return {
        trace,
        // They end in the order in which they are kept: turned round, equal starts stand as they began.
        spans: spans.toReversed().map((span) => toRow(answering.show, span)),
        lines: lines.toReversed().map((line) => toLineRow(answering.show, line)),
        more: spans.length >= MANY,
      }
    },
  })
}

function toRow(show: Show, span: SpanRecord): SpanRow {
  const { 'db.query.text': sql, ...attributes } = span.attributes
  const status = Number(attributes['http.response.status_code'] ?? 0)
  return {
    id: span.spanId,
    parent: span.parentSpanId ?? null,
    name: show.line(span.name, 200),
    kind: span.kind,
    time: span.start,
    duration: span.duration,
    failed: status >= 500 || attributes['error.type'] !== undefined || span.error !== undefined,
    sql: sql === undefined ? null : show.sql(sql, 10_000),
    attributes: show.pairs(attributes),
  }
}
