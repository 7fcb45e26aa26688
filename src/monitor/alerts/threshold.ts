import { misuse } from '../../kernel/index.ts'
import { milliseconds, shorten, toSpan } from './numbers.ts'
import { quantile } from './quantile.ts'
import { type AlertRule, createRule, type Finding, placeOf, type RuleOptions } from './rule.ts'
import { readSelection, type Selection } from './selection.ts'
import { createSource, type Source, type Totals } from './source.ts'
import { createWindow } from './window.ts'

/**
 * What is compared: of a histogram a percentile (`p95`), the `mean`, or how often it was measured
 * (`count`, or `rate` by the second); of a counter `count` or `rate`; of a gauge its `mean` over the
 * window or the `last` reading.
 */
export type Measure = `p${number}` | 'mean' | 'last' | 'count' | 'rate'

export interface ThresholdOptions extends RuleOptions, Pick<Selection, 'metric' | 'where'> {
  /** Default `p95` of histograms, `rate` of counters, `mean` of gauges. */
  readonly of?: Measure
  /** Too much is what lies above it, in the unit of the metric: seconds for durations. */
  readonly above?: number
  /** Too little is what lies below it. One of the two is needed. */
  readonly below?: number
  /** Milliseconds that are looked at. Default 300,000 (5 minutes). */
  readonly window?: number
  /** Measurements in the window without which a percentile or a mean says nothing. Default 10. */
  readonly atLeast?: number
}

const KEYS = ['metric', 'where', 'of', 'above', 'below', 'window', 'atLeast'] as const
const MEASURE = /^(?:p(\d{1,2}(?:\.\d{1,3})?)|mean|last|count|rate)$/
const DEFAULTS = { histogram: 'p95', counter: 'rate', gauge: 'mean' } as const

/**
 * A rule about one number: a percentile, a mean, a gauge, a rate by the second.
 *
 * Of several series of a histogram or a counter the sum is judged, of several gauges the largest. A
 * measure that the metric cannot have is never above nor below anything; the log says so once.
 *
 * ```ts
 * import { threshold } from 'plinth/monitor/alerts'
 *
 * export const rules = [
 *   threshold('slow checkout', { where: { 'http.route': '/checkout' }, of: 'p95', above: 0.3 }),
 *   threshold('pool too small', { metric: 'plinth.data.queue.length', of: 'rate', above: 5 }),
 * ]
 * ```
 */
export function threshold(name: string, options: ThresholdOptions): AlertRule {
  const place = placeOf('threshold', name)
  const { metric, where, above, below, atLeast = 10 } = options
  const selected = readSelection(place, {
    ...(metric !== undefined && { metric }),
    ...(where && { where }),
  })
  const limits = [above, below].filter((limit) => limit !== undefined)
  if (limits.length !== 1 || !Number.isFinite(limits[0])) {
    throw misuse(place, 'expected a number as above, or as below')
  }
  if (options.of !== undefined && !MEASURE.test(options.of)) {
    throw misuse(
      `${place}.of`,
      `is ${JSON.stringify(options.of)}; expected p95, mean, last, count or rate`,
    )
  }
  milliseconds(`${place}.atLeast`, atLeast)
  const window = milliseconds(`${place}.window`, options.window ?? 300_000, 1000)
  const isBad = (value: number) => (above === undefined ? value < (below as number) : value > above)
  const words = above === undefined ? `below ${below}` : `above ${above}`

  return createRule('threshold', name, {
    options,
    keys: KEYS,
    shortest: window,
    watch() {
      const source = createSource(selected)
      const kept = createWindow(window)
      let looked = 0
      let began: number | undefined
      return (metrics, time): Finding => {
        const seen = kept.add(time, source.read(metrics))
        const before = looked
        looked = time
        if (source.type === undefined) return { state: 'absent', words: `no ${selected.metric}` }
        // As long as it was not there it was not rare.
        began ??= before
        const measure = options.of ?? DEFAULTS[source.type]
        const seconds = Math.min(window, time - began) / 1000
        const value = measureOf(measure, { source, seen, seconds, atLeast })
        const over = measure === 'last' ? '' : ` over ${toSpan(window)}`
        const what = `${measure} of ${selected.metric}${over}`
        if (value === undefined) return { state: 'absent', words: `${what}: nothing to judge by` }
        const unit = source.unit === '' || source.unit.startsWith('{') ? '' : ` ${source.unit}`
        return {
          state: isBad(value) ? 'bad' : 'well',
          value,
          words: `${what} is ${shorten(value)}${measure === 'rate' ? '/s' : unit}; the limit is ${words}`,
        }
      }
    },
  })
}

interface Seen {
  readonly source: Source
  readonly seen: Totals
  /** Of the window, as far as it was watched. */
  readonly seconds: number
  readonly atLeast: number
}

/** Undefined where there is too little to say. */
function measureOf(measure: Measure, { source, seen, seconds, atLeast }: Seen): number | undefined {
  const { type, bounds } = source
  if (type === 'gauge') {
    if (measure === 'last') return source.last
    return measure === 'mean' && seen.count > 0 && source.last !== undefined
      ? seen.sum / seen.count
      : undefined
  }
  if (measure === 'count') return seen.count
  if (measure === 'rate') return seconds > 0 ? seen.count / seconds : undefined
  if (type !== 'histogram' || seen.count < Math.max(1, atLeast)) return undefined
  if (measure === 'mean') return seen.sum / seen.count
  const [, percentile] = MEASURE.exec(measure) ?? []
  if (percentile === undefined) return undefined
  return quantile(Number(percentile) / 100, { bounds, counts: seen.buckets })
}
