import type { Metrics, Series } from '../metrics.ts'
import type { Selected } from './selection.ts'

/** What a source has seen in all, as numbers that only grow. */
export interface Totals {
  /** Observations of a histogram, the value of a counter, readings of a gauge. */
  readonly count: number
  /** Of what was observed or read. */
  readonly sum: number
  /** By bucket; of histograms alone. */
  readonly buckets: readonly number[]
}

export const NOTHING: Totals = { count: 0, sum: 0, buckets: [] }

/** Adds up the series that a selection means. */
export interface Source {
  /** What kind of metric it turned out to be; undefined as long as there is none. */
  readonly type: 'counter' | 'histogram' | 'gauge' | undefined
  readonly unit: string
  /** Upper bounds of the buckets. */
  readonly bounds: readonly number[]
  /** The largest of the gauges when they were last read. */
  readonly last: number | undefined
  /** Reads the metrics as they are now; answers with all that was seen since the first reading. */
  read(metrics: Metrics): Totals
}

/**
 * Creates a source. Each series is followed by itself: one that begins is counted whole, one that was
 * reset is counted from zero on, so that the totals never fall. What was counted before the first
 * reading is left out.
 */
export function createSource({ metric, matches }: Selected): Source {
  const seen = new WeakMap<Series, readonly number[]>()
  const meant = new WeakMap<Series, boolean>()
  let first = true
  let totals: number[] = []

  const source = {
    type: undefined as Source['type'],
    unit: '',
    bounds: [] as readonly number[],
    last: undefined as number | undefined,
    read(metrics: Metrics): Totals {
      for (const family of metrics.families()) {
        if (family.name !== metric) continue
        source.type = family.type
        source.unit = family.unit
        source.last = undefined
        for (const series of family.series.values()) if (isMeant(series)) add(family.type, series)
      }
      first = false
      const [count = 0, sum = 0, ...buckets] = totals
      return { count, sum, buckets }
    },
  }
  return source

  function isMeant(series: Series): boolean {
    const known = meant.get(series)
    if (known !== undefined) return known
    const fits = matches(series.labels)
    meant.set(series, fits)
    return fits
  }

  function add(type: Source['type'], series: Series): void {
    if (type === 'gauge') {
      if (!Number.isFinite(series.value)) return
      source.last = Math.max(source.last ?? Number.NEGATIVE_INFINITY, series.value)
      grow([1, series.value])
      return
    }
    const now = valuesOf(series)
    source.bounds = series.histogram?.bounds ?? []
    const before = seen.get(series)
    seen.set(series, now)
    if (first) return
    const isReset =
      before !== undefined && now.some((value, at) => at !== SUM && value < (before[at] ?? 0))
    grow(isReset || !before ? now : now.map((value, at) => value - (before[at] ?? 0)))
  }

  function grow(by: readonly number[]): void {
    totals = by.map((value, at) => (totals[at] ?? 0) + value)
  }
}

/** Where the sum stands: the only number that may fall, as values below zero are added. */
const SUM = 1

function valuesOf({ histogram, value }: Series): readonly number[] {
  return histogram ? [histogram.count, histogram.sum, ...histogram.counts] : [value, value]
}
