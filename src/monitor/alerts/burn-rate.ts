import { assertKnown, misuse } from '../../kernel/index.ts'
import { count, milliseconds, shorten, toPercent, toSpan } from './numbers.ts'
import { RATIO_KEYS, type RatioOptions, readRatio } from './rate.ts'
import { createRatio, type Portion } from './ratio.ts'
import { type AlertRule, createRule, type Finding, placeOf, type RuleOptions } from './rule.ts'

/** Two windows that must both burn faster than the factor: the long one so that it matters, the short one so that it goes on. */
export interface BurnWindow {
  /** Milliseconds. */
  readonly long: number
  /** Milliseconds. */
  readonly short: number
  /** How many times faster than the objective allows. */
  readonly factor: number
}

export interface BurnRateOptions extends RuleOptions, RatioOptions {
  /** What portion is to be good: 0.999 for 99.9 %. */
  readonly objective: number
  /** Any of these is enough. Default: 1 hour and 5 minutes at 14.4, 6 hours and 30 minutes at 6. */
  readonly windows?: readonly BurnWindow[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Of the budget of 30 days, 2 % in an hour and 5 % in six: the SRE workbook's advice for what wakes people. */
const WINDOWS: readonly BurnWindow[] = [
  { long: HOUR, short: 5 * MINUTE, factor: 14.4 },
  { long: 6 * HOUR, short: 30 * MINUTE, factor: 6 },
]

/**
 * A rule about an objective: it is broken when the errors that the objective allows are used up
 * too fast. An objective of 99.9 % allows one failure in a thousand; a burn rate of 14.4 is 1.44 % failing,
 * which in one hour uses up 2 % of what is allowed in 30 days (Google, The Site Reliability Workbook, chapter
 * 5, "Multiwindow, Multi-Burn-Rate Alerts"). An alert ends soon after the errors do, by the short windows.
 *
 * A window that is longer than this process has run is as long as that.
 *
 * ```ts
 * import { burnRate } from 'plinth/monitor/alerts'
 *
 * export const rules = [
 *   burnRate('availability', { objective: 0.999 }),
 *   burnRate('checkout is fast', {
 *     objective: 0.99,
 *     bad: { where: { 'http.route': '/checkout' }, above: 0.5 },
 *     all: { where: { 'http.route': '/checkout' } },
 *   }),
 * ]
 * ```
 */
export function burnRate(name: string, options: BurnRateOptions): AlertRule {
  const place = placeOf('burnRate', name)
  const { selections, atLeast } = readRatio(place, options)
  const { objective } = options
  if (!(typeof objective === 'number' && objective > 0 && objective < 1)) {
    throw misuse(`${place}.objective`, `is ${String(objective)}; expected a portion, such as 0.999`)
  }
  const windows = options.windows ?? WINDOWS
  if (!Array.isArray(windows) || windows.length === 0) {
    throw misuse(`${place}.windows`, 'expected a list of { long, short, factor }')
  }
  for (const [at, window] of windows.entries()) checkWindow(`${place}.windows[${at}]`, window)
  const lengths = windows.flatMap(({ long, short }: BurnWindow) => [long, short])
  // 1 - 0.9 is less than 0.1 where numbers are binary.
  const budget = Number((1 - objective).toPrecision(12))

  return createRule('burnRate', name, {
    options,
    keys: [...RATIO_KEYS, 'objective', 'windows'],
    shortest: Math.min(...lengths),
    watch() {
      const read = createRatio(selections, lengths)
      return (metrics, time) => {
        const portions = read(metrics, time)
        const burns = windows.map((window: BurnWindow, at) => {
          const [long, short] = [portions[2 * at], portions[2 * at + 1]]
          return {
            window,
            long: burnOf(long, budget),
            short: burnOf(short, budget),
            all: long?.all ?? 0,
          }
        })
        return judge(burns, { objective, atLeast })
      }
    },
  })
}

interface Burn {
  readonly window: BurnWindow
  readonly long: number
  readonly short: number
  /** In the long window. */
  readonly all: number
}

function judge(
  burns: readonly Burn[],
  { objective, atLeast }: { readonly objective: number; readonly atLeast: number },
): Finding {
  const known = burns.filter(({ all }) => all >= atLeast)
  const broken = known.find(
    ({ window, long, short }) => long > window.factor && short > window.factor,
  )
  const told = broken ?? known[0]
  if (!told) return { state: 'absent', words: 'too few to judge the objective by' }
  const { window, long, short } = told
  const words =
    `${toPercent(objective)} is the objective; its budget burns ${shorten(long)} times too fast over ` +
    `${toSpan(window.long)} and ${shorten(short)} over ${toSpan(window.short)}; the limit is ${window.factor}`
  return { state: broken ? 'bad' : 'well', value: long, words }
}

function burnOf({ bad, all }: Portion = { bad: 0, all: 0 }, budget: number): number {
  return all === 0 ? 0 : bad / all / budget
}

function checkWindow(place: string, window: BurnWindow): void {
  assertKnown(place, window, ['long', 'short', 'factor'])
  milliseconds(`${place}.short`, window.short, 1000)
  milliseconds(`${place}.long`, window.long, window.short)
  count(`${place}.factor`, window.factor, { least: 0 })
}
