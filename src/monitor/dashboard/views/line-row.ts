import type { Show } from '../shown.ts'
import type { Line } from '../store/line.ts'
import type { LineRow } from '../wire.ts'
import { toShownFailure } from './failure-shown.ts'

/** A line of the log as the page may have it. */
export function toLineRow(show: Show, line: Line): LineRow {
  const { time, level, message, event, trace, attributes, failure } = line
  return {
    time,
    level,
    message: show.text(message, 2_000),
    event: event === undefined ? null : show.line(event, 100),
    span: trace?.spanId ?? null,
    trace: trace?.traceId ?? null,
    attributes: show.pairs(attributes),
    failure: failure ? toShownFailure(show, failure) : null,
  }
}
