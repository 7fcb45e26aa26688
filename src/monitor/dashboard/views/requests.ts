import * as v from 'valibot'
import type { Operation } from '../../../http/index.ts'
import type { SpanRecord } from '../../../kernel/index.ts'
import type { Show } from '../shown.ts'
import type { Store } from '../store/store.ts'
import type { RequestRow, RequestsAnswer } from '../wire.ts'
import { type Answering, text, view } from './view.ts'

const ROWS = 200

const query = v.object({
  after: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(0))),
  search: text,
  status: v.optional(v.picklist(['refused', 'failed'])),
  order: v.optional(v.picklist(['latest', 'slowest']), 'latest'),
})
type Query = v.InferOutput<typeof query>

/** Requests as they came: those after the number that the last answer ended with. */
export function requestsView(answering: Answering, { spans }: Store): Operation {
  return view(answering, 'requests', {
    query,
    answer: (asked): RequestsAnswer => {
      const start = Math.max(spans.first, asked.after ?? 0)
      const found: [number, SpanRecord][] = []
      for (let number = spans.next - 1; number >= start; number -= 1) {
        const span = spans.at(number)
        if (span?.kind !== 'server' || !fits(span, asked)) continue
        found.push([number, span])
        if (asked.order === 'latest' && found.length > ROWS) break
      }
      if (asked.order === 'slowest') found.sort(([, one], [, two]) => two.duration - one.duration)
      return {
        next: spans.next,
        rows: found.slice(0, ROWS).map(([number, span]) => toRow(answering.show, number, span)),
        more: found.length > ROWS,
      }
    },
  })
}

function fits(span: SpanRecord, { search = '', status }: Query): boolean {
  const { attributes, name, traceId } = span
  const code = Number(attributes['http.response.status_code'])
  if (status === 'failed' && code < 500) return false
  if (status === 'refused' && (code < 400 || code >= 500)) return false
  if (search === '') return true
  const text = `${name} ${attributes['url.path']} ${code} ${traceId} ${attributes['client.address']}`
  return text.toLowerCase().includes(search.toLowerCase())
}

function toRow(
  show: Show,
  id: number,
  { start, duration, traceId, attributes }: SpanRecord,
): RequestRow {
  const route = attributes['http.route']
  return {
    id,
    time: start + duration,
    method: show.line(
      attributes['http.request.method_original'] ?? attributes['http.request.method'],
      20,
    ),
    route: route === undefined ? null : show.line(route),
    path: show.line(attributes['url.path'] ?? ''),
    status: Number(attributes['http.response.status_code']),
    duration,
    trace: traceId,
    address: show.line(attributes['client.address'] ?? '', 60),
  }
}
