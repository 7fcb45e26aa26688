import { cyclesIn } from './cycles.ts'
import { dependenciesOf, realtimeOf } from './dependencies.ts'
import type { Anomaly, Transaction } from './history.ts'
import { observe } from './observations.ts'

export interface CheckOptions {
  /** What each list held at the end, when nothing wrote any more. */
  readonly final?: ReadonlyMap<string, readonly number[]>
  /** Whether the order must also agree with that in which callers were answered. */
  readonly strict?: boolean
}

/**
 * Looks for reasons why transactions cannot have run one after the other: none means that the history
 * is serializable. Every value is appended once, so that each read tells what came before it.
 *
 * Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations",
 * VLDB 2020.
 */
export function check(
  history: readonly Transaction[],
  { final, strict = false }: CheckOptions = {},
): readonly Anomaly[] {
  const whole = final ? [...history, finalRead(final)] : history
  const observations = observe(whole)
  const missing = final ? lostIn(history, final) : []
  const order = strict ? realtimeOf(history) : []
  const cycles = cyclesIn([...dependenciesOf(observations), ...order])
  return [...observations.anomalies, ...missing, ...cycles]
}

/** The last state as one more transaction, which saw all others. */
function finalRead(final: ReadonlyMap<string, readonly number[]>): Transaction {
  const steps = Array.from(final, ([list, read]) => ({ list, read }))
  return { name: 'the end', outcome: 'committed', steps }
}

function lostIn(
  history: readonly Transaction[],
  final: ReadonlyMap<string, readonly number[]>,
): Anomaly[] {
  const lost: Anomaly[] = []
  for (const { name, outcome, steps } of history) {
    if (outcome !== 'committed') continue
    for (const step of steps) {
      if (!('append' in step) || final.get(step.list)?.includes(step.append)) continue
      lost.push({ type: 'lost', words: `${step.append} of ${name} is not in ${step.list}` })
    }
  }
  return lost
}
