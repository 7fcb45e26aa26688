import type { SpanRecord } from '../kernel/index.ts'

/** One observation that a trace can be looked up for. */
export interface Exemplar {
  traceId: string
  spanId: string
  value: number
  /** Milliseconds since the epoch. */
  time: number
}

/** Counts of observations by upper bound, with their sum: what Prometheus calls a histogram. */
export interface Histogram {
  readonly bounds: readonly number[]
  /** One count for each bound, and one for what lies above the last. Not cumulative. */
  readonly counts: Float64Array
  /** The latest of each bucket that belongs to a trace. */
  readonly exemplars: (Exemplar | undefined)[]
  sum: number
  count: number
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1)
  return { bounds, counts, exemplars: [], sum: 0, count: 0 }
}

/** Counts a value, and returns the place of its bucket. */
export function observe(histogram: Histogram, value: number): number {
  const { bounds, counts } = histogram
  let at = 0
  while (at < bounds.length && value > (bounds[at] as number)) at += 1
  counts[at] = (counts[at] ?? 0) + 1
  histogram.sum += value
  histogram.count += 1
  return at
}

/** Counts how many seconds a span took. One that is sampled is kept as its bucket's exemplar. */
export function observeSpan(histogram: Histogram, span: SpanRecord): void {
  const { traceId, spanId, sampled, start, duration } = span
  const value = duration / 1000
  const at = observe(histogram, value)
  if (!sampled) return
  const known = histogram.exemplars[at]
  if (!known) {
    histogram.exemplars[at] = { traceId, spanId, value, time: start + duration }
    return
  }
  // In the place of the one before: a span of a busy server leaves nothing behind.
  known.traceId = traceId
  known.spanId = spanId
  known.value = value
  known.time = start + duration
}
