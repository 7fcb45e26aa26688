import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseName, freshSource } from './fixture.ts'
import { answers, openStage, type Stage, tables } from './non-interference/compare.ts'
import { worlds } from './non-interference/rows.ts'
import { steps } from './non-interference/steps.ts'

const numRuns = databaseName === 'sqlite' ? 150 : 30
const paths = fc.array(steps, { minLength: 10, maxLength: 30 })

async function freshStage(): Promise<Stage> {
  const stage = await openStage(await freshSource(tables))
  onTestFinished(() => stage.db.close())
  return stage
}

describe('what an actor cannot see', () => {
  it('changes no answer, count, error, cursor or number of statements', {
    timeout: 300_000,
  }, async () => {
    const stage = await freshStage()
    await fc.assert(
      fc.asyncProperty(worlds, paths, async ({ lead, one, two }, path) => {
        const first = await answers(stage, { rows: one, steps: path, lead })
        const second = await answers(stage, { rows: two, steps: path, lead })
        expect(second).toEqual(first)
      }),
      { numRuns },
    )
  })
})
