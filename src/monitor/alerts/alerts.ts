import { assertKnown, misuse } from '../../kernel/index.ts'
import type { MonitorPart } from '../part.ts'
import type { AlertDestination } from './destination.ts'
import { milliseconds } from './numbers.ts'
import { openAlerts } from './open-alerts.ts'
import type { AlertRule } from './rule.ts'

export interface AlertsOptions {
  /** What is watched; names are different. */
  readonly rules: readonly AlertRule[]
  /** Who is told. Default: the log alone. */
  readonly to?: readonly (AlertDestination | readonly AlertDestination[])[]
  /** Who reports, for those who have several. Default `plinth`. */
  readonly service?: string
  /** Milliseconds between two looks at the metrics. Default 15,000. */
  readonly every?: number
  /** Milliseconds before each further try of a delivery. Default `[1000, 5000, 30_000, 120_000]`. */
  readonly retries?: readonly number[]
  /** Milliseconds for one try. Default 10,000. */
  readonly timeout?: number
}

const KEYS = ['rules', 'to', 'service', 'every', 'retries', 'timeout'] as const
const RETRIES = [1000, 5000, 30_000, 120_000]

/**
 * Watches metrics by rules, inside the process, and tells of what is wrong: once when an incident
 * begins, again while it goes on, once when it is over. Each is a line of the log as well
 * (`plinth.alert.firing`, `plinth.alert.repeated`, `plinth.alert.resolved`) and counted by the gauge
 * `plinth.alert.active`.
 *
 * Requests never wait for it. A delivery that fails is tried again a few times, then given up, logged as
 * `plinth.alert.delivery_failed` and counted as `plinth.alert.lost`. Closing stops it at once.
 *
 * Each process watches itself and remembers nothing over its end: of ten servers that all see it, ten
 * tell. A process that is dead tells nothing; for that something outside asks `/ready`. On workers, rules
 * are looked at when `flush()` is called, and only as far as that instance lives.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { alerts, burnRate, rate, threshold, webhook } from 'plinth/monitor/alerts'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: {
 *     parts: [
 *       alerts({
 *         rules: [
 *           burnRate('availability', { objective: 0.999 }),
 *           rate('errors', { above: 0.05, for: 120_000 }),
 *           threshold('slow', { of: 'p95', above: 0.3, severity: 'ticket' }),
 *         ],
 *         to: [webhook({ url: 'https://pager.example/hooks/shop' })],
 *       }),
 *     ],
 *   },
 * })
 * ```
 */
export function alerts(options: AlertsOptions): MonitorPart {
  assertKnown('alerts()', options, KEYS)
  const { rules, service = 'plinth', retries = RETRIES } = options
  assertRules(rules)
  const every = milliseconds('alerts().every', options.every ?? 15_000, 100)
  const timeout = milliseconds('alerts().timeout', options.timeout ?? 10_000, 1)
  if (typeof service !== 'string' || !/^[^\p{Cc}]{1,100}$/u.test(service)) {
    throw misuse('alerts().service', `is ${JSON.stringify(service)}; expected a short name`)
  }
  if (!Array.isArray(retries) || retries.length > 10) {
    throw misuse('alerts().retries', 'expected a list of ten numbers at the most')
  }
  for (const [at, pause] of retries.entries()) milliseconds(`alerts().retries[${at}]`, pause)
  for (const { name, shortest } of rules) {
    if (shortest < every) {
      throw misuse(`alerts().every`, `is ${every}, longer than what the rule "${name}" looks back`)
    }
  }
  const destinations = readDestinations(options.to ?? [])
  return {
    kind: 'monitor-part',
    name: 'alerts',
    open: (ports) => openAlerts({ rules, destinations, service, every, retries, timeout }, ports),
  }
}

function assertRules(rules: readonly AlertRule[]): void {
  const isRule = (rule: AlertRule) => rule?.kind === 'alert-rule'
  if (!Array.isArray(rules) || rules.length === 0 || !rules.every(isRule)) {
    throw misuse(
      'alerts().rules',
      'expected a list of rules, such as [rate("errors", { above: 0.05 })]',
    )
  }
  const names = rules.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw misuse('alerts().rules', `"${twice}" is the name of two rules`)
}

function readDestinations(to: NonNullable<AlertsOptions['to']>): readonly AlertDestination[] {
  const destinations = Array.isArray(to) ? (to.flat() as AlertDestination[]) : []
  const isDestination = (each: AlertDestination) =>
    typeof each?.send === 'function' && typeof each.name === 'string'
  if (Array.isArray(to) && destinations.every(isDestination)) return destinations
  throw misuse('alerts().to', 'expected a list of destinations, such as [webhook({ url })]')
}
