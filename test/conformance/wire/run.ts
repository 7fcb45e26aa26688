/** Asks all cases of a server, and counts. */

import { cases } from './cases/all.ts'
import { type Ports, runCase } from './check.ts'
import { deviationOf, leftOut } from './deviations.ts'

export interface Result {
  readonly topic: string
  readonly title: string
  /** Undefined when the case passed. */
  readonly error: string | undefined
}

/** Cases at a time: what they ask for are connections of their own. */
const AT_ONCE = 8

/** Asks a runtime all that it can be asked; the results are in the order of the cases. */
export async function runCases(runtime: string, ports: Ports): Promise<Result[]> {
  const asked = cases.flatMap((each, index) => {
    const left = leftOut.some((one) => one.runtime === runtime && one.cases(each))
    return left ? [] : { each, index }
  })
  const results: Result[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < asked.length; at = next++) {
      const { each, index } = asked[at] as (typeof asked)[number]
      const expected = deviationOf(runtime, each)?.expect
      const { topic, title } = each
      const error = await runCase(each, { ports, index, expected }).then(() => undefined, describe)
      results[at] = { topic, title, error }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `\n${error.cause.message}` : ''
  return error.message + cause
}
