import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Metrics } from '../metrics.ts'
import { milliseconds } from './numbers.ts'

/** How urgent it is: `page` wakes somebody, `ticket` waits for the morning. */
export type Severity = 'page' | 'ticket'

/** What every rule may say beside its condition. */
export interface RuleOptions {
  /** Default `page`. */
  readonly severity?: Severity
  /** Milliseconds that it must hold without a break before anybody is told. Default 0: at once. */
  readonly for?: number
  /** Milliseconds that it must be over before that is told. Default 60,000. */
  readonly resolveAfter?: number
  /** Milliseconds after which an alert that goes on is told of again. Default 14,400,000 (4 hours); 0 for never. */
  readonly repeat?: number
  /** Milliseconds between two incidents of which is told; a new one waits that long. Default 300,000. */
  readonly cooldown?: number
  /** What it means when there is nothing to judge by: that all is well (the default), or an alert. */
  readonly absent?: 'fine' | 'alert'
  /** What to do, or where that is written: sent along. */
  readonly note?: string
}

/** A condition and what becomes of it, made by `threshold`, `rate` or `burnRate`. */
export interface AlertRule extends Required<Omit<RuleOptions, 'note'>> {
  readonly kind: 'alert-rule'
  readonly name: string
  readonly note: string | undefined
  /** The shortest that it looks back, in milliseconds: it is to be looked at more often. */
  readonly shortest: number
  /** Begins to watch. */
  watch(): Watch
}

/** What a rule found at one moment. */
export interface Finding {
  readonly state: 'bad' | 'well' | 'absent'
  /** What was measured, in words with its unit. */
  readonly words: string
  /** The number in it. */
  readonly value?: number
}

/** A rule at work: looks at the metrics at a moment that is not before the last. */
export type Watch = (metrics: Metrics, time: number) => Finding

export const RULE_KEYS: readonly (keyof RuleOptions)[] = [
  'severity',
  'for',
  'resolveAfter',
  'repeat',
  'cooldown',
  'absent',
  'note',
]

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.:/-]{0,99}$/u

/** Fills in the defaults of a rule. */
export function createRule(
  kind: string,
  name: string,
  rule: {
    readonly options: RuleOptions
    readonly keys: readonly string[]
    readonly shortest: number
    watch(): Watch
  },
): AlertRule {
  const place = placeOf(kind, name)
  const { options, keys, shortest, watch } = rule
  assertKnown(place, options, [...RULE_KEYS, ...keys])
  const { severity = 'page', absent = 'fine', note } = options
  if (severity !== 'page' && severity !== 'ticket') {
    throw misuse(`${place}.severity`, `is ${JSON.stringify(severity)}; expected page or ticket`)
  }
  if (absent !== 'fine' && absent !== 'alert') {
    throw misuse(`${place}.absent`, `is ${JSON.stringify(absent)}; expected fine or alert`)
  }
  return {
    kind: 'alert-rule',
    name,
    severity,
    absent,
    note,
    for: milliseconds(`${place}.for`, options.for ?? 0),
    resolveAfter: milliseconds(`${place}.resolveAfter`, options.resolveAfter ?? 60_000),
    repeat: milliseconds(`${place}.repeat`, options.repeat ?? 14_400_000),
    cooldown: milliseconds(`${place}.cooldown`, options.cooldown ?? 300_000),
    shortest,
    watch,
  }
}

/** Where a mistake is, for its message. Names stand in subjects and headers: they are words. */
export function placeOf(kind: string, name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return `${kind}(${JSON.stringify(name)})`
  throw misuse(`${kind}()`, `the name is ${JSON.stringify(name)}; expected words, such as "errors"`)
}
