import { assertKnown, misuse } from '../../kernel/index.ts'
import type { MonitorPart } from '../part.ts'
import { openRepeated } from './open-repeated.ts'

export interface RepeatedOptions {
  /** How often one request may run the same statement before it is told of. Default 10. */
  readonly after?: number
}

/**
 * Finds queries in loops while a team develops: a statement that one request runs again and again (N+1)
 * is told of once for each operation and place (`plinth.data.repeated_query`, warn), with the line of
 * the team's own code that runs it, how often, and what to write instead.
 *
 * Only on a developer's machine (see `development` of `backend()`); elsewhere it listens to nothing
 * and costs nothing. What counts is the text of the statement, in which values are placeholders. The line is
 * looked up when the limit is passed, and is missing where the runtime no longer knows who asked.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { repeated } from 'plinth/monitor'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: { parts: [repeated({ after: 5 })] },
 * })
 * ```
 */
export function repeated(options: RepeatedOptions = {}): MonitorPart {
  assertKnown('repeated()', options, ['after'])
  const { after = 10 } = options
  if (!Number.isSafeInteger(after) || after < 1) {
    throw misuse('repeated().after', `is ${String(after)}; expected a whole number above 0`)
  }
  return {
    kind: 'monitor-part',
    name: 'repeated',
    open: (ports) => (ports.development ? openRepeated(after, ports) : {}),
  }
}
