import { count, milliseconds, toPercent, toSpan } from './numbers.ts'
import { createRatio } from './ratio.ts'
import { type AlertRule, createRule, placeOf, type RuleOptions } from './rule.ts'
import { readOwnSelection, type Selected, type Selection } from './selection.ts'

/** Of what, and what of it is bad. */
export interface RatioOptions {
  /** Default: requests with an `error.type`, which are those answered with 500 and above. */
  readonly bad?: Selection
  /** Default: all requests, or the metric of `bad`. */
  readonly all?: Selection
  /** How many there must be in the window for the ratio to say anything. Default 10. */
  readonly atLeast?: number
}

export interface RateOptions extends RuleOptions, RatioOptions {
  /** Too much is a portion above it: 0.05 for five in a hundred. */
  readonly above: number
  /** Milliseconds that are looked at. Default 300,000 (5 minutes). */
  readonly window?: number
}

export const RATIO_KEYS: readonly (keyof RatioOptions)[] = ['bad', 'all', 'atLeast']

/**
 * A rule about a portion: how many of all failed. Where there were too few, or none, there is no alert.
 *
 * ```ts
 * import { rate } from 'plinth/monitor/alerts'
 *
 * export const rules = [
 *   rate('errors', { above: 0.05 }),
 *   rate('refused sign-ins', {
 *     bad: { where: { 'http.route': '/auth/sign-in', 'http.response.status_code': '401' } },
 *     all: { where: { 'http.route': '/auth/sign-in' } },
 *     above: 0.5,
 *     atLeast: 50,
 *     severity: 'ticket',
 *   }),
 * ]
 * ```
 */
export function rate(name: string, options: RateOptions): AlertRule {
  const place = placeOf('rate', name)
  const { selections, atLeast } = readRatio(place, options)
  const above = count(`${place}.above`, options.above, { least: 0, most: 1 })
  const window = milliseconds(`${place}.window`, options.window ?? 300_000, 1000)
  return createRule('rate', name, {
    options,
    keys: [...RATIO_KEYS, 'above', 'window'],
    shortest: window,
    watch() {
      const read = createRatio(selections, [window])
      return (metrics, time) => {
        const [{ bad, all } = { bad: 0, all: 0 }] = read(metrics, time)
        if (all < atLeast) return { state: 'absent', words: `${all} in ${toSpan(window)}: too few` }
        const value = bad / all
        const words = `${toPercent(value)} of ${all} in ${toSpan(window)}; the limit is ${toPercent(above)}`
        return { state: value > above ? 'bad' : 'well', value, words }
      }
    },
  })
}

/** Checks what is bad of what. */
export function readRatio(
  place: string,
  { bad = { where: { 'error.type': true } }, all, atLeast = 10 }: RatioOptions,
): {
  readonly selections: { readonly bad: Selected; readonly all: Selected }
  readonly atLeast: number
} {
  const whole = all ?? (bad.metric === undefined ? {} : { metric: bad.metric })
  const selections = {
    bad: readOwnSelection(`${place}.bad`, bad),
    all: readOwnSelection(`${place}.all`, whole),
  }
  return { selections, atLeast: count(`${place}.atLeast`, atLeast, { least: 1 }) }
}
