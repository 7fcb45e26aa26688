import type { SpanRecord } from '../../../kernel/index.ts'
import type { Line } from './line.ts'
import type { Ring } from './ring.ts'

/** What is known of one trace. */
export interface Trace {
  readonly spans: readonly SpanRecord[]
  readonly lines: readonly Line[]
}

export interface Traces {
  find(traceId: string): Trace
  /** Sets a trace aside, so that it outlives the many that come after it. */
  keep(traceId: string): void
}

/** Spans of one trace that are kept or shown; a loop of thousands of queries is told by its first. */
const SPANS = 500
const LINES = 200
/** How far back the parts of a request are looked for when it ends. */
const REACH = 4_000
const KEPT = 100

/** Finds traces among what came last, and keeps the worth keeping beyond that. */
export function createTraces(spans: Ring<SpanRecord>, lines: Ring<Line>): Traces {
  const kept = new Map<string, Trace>()
  return {
    find(traceId) {
      const recent = gather(traceId, Number.POSITIVE_INFINITY)
      const old = kept.get(traceId)
      return old ? joined(old, recent) : recent
    },
    keep(traceId) {
      kept.delete(traceId)
      kept.set(traceId, gather(traceId, REACH))
      const [oldest] = kept.keys()
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    },
  }

  function gather(traceId: string, reach: number): Trace {
    return {
      spans: latest(spans, { reach, limit: SPANS }, (span) => span.traceId === traceId),
      lines: latest(lines, { reach, limit: LINES }, ({ trace }) => trace?.traceId === traceId),
    }
  }
}

/** The latest items that fit, the latest first. */
export function latest<T>(
  ring: Ring<T>,
  { reach = Number.POSITIVE_INFINITY, limit }: { reach?: number; limit: number },
  fits: (item: T) => boolean,
): T[] {
  const found: T[] = []
  const end = Math.max(ring.first, ring.next - reach)
  for (let number = ring.next - 1; number >= end && found.length < limit; number -= 1) {
    const item = ring.at(number)
    if (item !== undefined && fits(item)) found.push(item)
  }
  return found
}

function joined(one: Trace, other: Trace): Trace {
  return {
    spans: [...new Set([...one.spans, ...other.spans])].slice(0, SPANS),
    lines: [...new Set([...one.lines, ...other.lines])].slice(0, LINES),
  }
}
