/** Counts of observations by upper bound, with their sum: what Prometheus calls a histogram. */
export interface Histogram {
  readonly bounds: readonly number[]
  /** One count for each bound, and one for what lies above the last. Not cumulative. */
  readonly counts: Float64Array
  sum: number
  count: number
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), sum: 0, count: 0 }
}

export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram
  let at = 0
  while (at < bounds.length && value > (bounds[at] as number)) at += 1
  counts[at] = (counts[at] ?? 0) + 1
  histogram.sum += value
  histogram.count += 1
}
