/** Counts by bucket, not added up, with the bounds above each but the last. */
export interface Buckets {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

/**
 * Estimates a quantile from 0 to 1, spreading what is in a bucket evenly over it, as Prometheus'
 * `histogram_quantile` does: of what lies above the last bound no more is known than that.
 */
export function quantile(rank: number, { bounds, counts }: Buckets): number {
  const wanted = rank * counts.reduce((sum, each) => sum + each, 0)
  let below = 0
  for (const [at, bound] of bounds.entries()) {
    const within = counts[at] ?? 0
    if (within > 0 && below + within >= wanted) {
      const from = lowerBound(bounds, at)
      return from + (bound - from) * ((wanted - below) / within)
    }
    below += within
  }
  return bounds.at(-1) ?? Number.NaN
}

/** Estimates how many lie above a value. */
export function countAbove(value: number, { bounds, counts }: Buckets): number {
  let above = 0
  for (const [at, within] of counts.entries()) {
    const from = lowerBound(bounds, at)
    const to = bounds[at] ?? Number.POSITIVE_INFINITY
    if (value <= from) above += within
    else if (value < to)
      above += to === Number.POSITIVE_INFINITY ? within : within * ((to - value) / (to - from))
  }
  return above
}

/** What is measured here is not below zero. */
function lowerBound(bounds: readonly number[], at: number): number {
  return at === 0 ? Math.min(0, bounds[0] ?? 0) : (bounds[at - 1] as number)
}
