import fc from 'fast-check'
import { expect, it } from 'vitest'
import { databaseName, freshSource } from '../data/fixture.ts'
import { answers, openStage, tables } from '../data/non-interference/compare.ts'
import { worlds } from '../data/non-interference/rows.ts'
import { steps } from '../data/non-interference/steps.ts'

// A case is one generated query or write, answered by two databases that differ only in what the actor
// cannot see. `PLINTH_TORTURE_SEED` goes on where a run was stopped: each seed is a hundred paths.

const CASES = Number(process.env['PLINTH_TORTURE_CASES'] ?? 1_000_000)
const FIRST_SEED = Number(process.env['PLINTH_TORTURE_SEED'] ?? 1)
const REPORT_EVERY = 20_000

const paths = fc.array(steps, { minLength: 20, maxLength: 60, size: 'max' })

it(`gives nothing away in ${CASES} queries and writes`, { timeout: 86_400_000 }, async () => {
  const stage = await openStage(await freshSource(tables))
  /** What a busy machine gave up is no answer. */
  const untilTold = async (asked: Parameters<typeof answers>[1]): Promise<string[]> => {
    const told = await answers(stage, asked)
    return told.some((answer) => answer.includes('transaction_timeout')) ? untilTold(asked) : told
  }
  let cases = 0
  let reported = 0
  for (let seed = FIRST_SEED; cases < CASES; seed += 1) {
    await fc.assert(
      fc.asyncProperty(worlds, paths, async ({ lead, one, two }, path) => {
        const first = await untilTold({ rows: one, steps: path, lead })
        expect(await untilTold({ rows: two, steps: path, lead })).toEqual(first)
        cases += path.length
      }),
      { seed, numRuns: 100, endOnFailure: true },
    )
    if (cases - reported < REPORT_EVERY && cases < CASES) continue
    reported = cases
    console.log(
      `${databaseName}: ${cases} cases of seeds ${FIRST_SEED} to ${seed}, none told apart`,
    )
  }
  await stage.db.close()
})
