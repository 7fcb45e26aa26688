/** Bounds that grow by half from a tenth of a millisecond: the last is 28 seconds. */
const GROWTH = 1.5
const FIRST = 0.1
export const BINS = 32

const BOUNDS = Float64Array.from({ length: BINS }, (_, at) => FIRST * GROWTH ** at)
const SCALE = 1 / Math.log(GROWTH)

/** The bin of a duration in milliseconds: the first whose bound is not below it, or the last. */
export function binOf(duration: number): number {
  if (!(duration > FIRST)) return 0
  return Math.min(BINS - 1, Math.ceil(Math.log(duration / FIRST) * SCALE - 1e-9))
}

/**
 * The duration that a share of what was counted stayed below, in milliseconds, by interpolation within
 * its bin; undefined when nothing was counted. No more than a quarter off, and mostly far less.
 */
export function quantile(bins: ArrayLike<number>, share: number): number | undefined {
  let total = 0
  for (let at = 0; at < BINS; at += 1) total += bins[at] ?? 0
  if (total === 0) return undefined
  let left = share * total
  for (let at = 0; at < BINS; at += 1) {
    const count = bins[at] ?? 0
    if (count > 0 && left <= count) {
      const high = BOUNDS[at] as number
      const low = at === 0 ? 0 : high / GROWTH
      return low + (high - low) * (left / count)
    }
    left -= count
  }
  return BOUNDS[BINS - 1]
}
