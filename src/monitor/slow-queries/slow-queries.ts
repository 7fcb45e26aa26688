import { assertKnown, misuse } from '../../kernel/index.ts'
import type { MonitorPart } from '../part.ts'
import { openSlowQueries } from './open-slow-queries.ts'

export interface SlowQueriesOptions {
  /** Milliseconds beyond which a query is slow. Default 100. */
  readonly after?: number
  /** Milliseconds in which the plan of one statement is asked for once. Default 600,000 (10 minutes). */
  readonly planEvery?: number
}

/**
 * Logs queries that took long (`plinth.data.slow_query`, warn): the statement with its placeholders,
 * never its values, how long it took, the request it was run for, and the plan of the database with
 * what is slow about it in words, such as `reads all of orders: no index serves owner`.
 *
 * Plans are asked for afterwards, one at a time, outside of all transactions, by an EXPLAIN that runs
 * nothing. On MySQL and MariaDB, which make no plan without values, those that statements were last run
 * with stay in memory for that. Where a database tells no plans, the line has none. All slow queries are
 * counted as `plinth.data.slow_queries`; of a storm of them a hundred a second are logged.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { slowQueries } from 'plinth/monitor'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: { parts: [slowQueries({ after: 50 })] },
 * })
 * ```
 */
export function slowQueries(options: SlowQueriesOptions = {}): MonitorPart {
  assertKnown('slowQueries()', options, ['after', 'planEvery'])
  const { after = 100, planEvery = 600_000 } = options
  for (const [name, value] of Object.entries({ after, planEvery })) {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw misuse(`slowQueries().${name}`, `is ${String(value)}; expected milliseconds`)
    }
  }
  return {
    kind: 'monitor-part',
    name: 'slowQueries',
    open: (ports) => openSlowQueries({ after, planEvery }, ports),
  }
}
