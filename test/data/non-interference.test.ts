import fc from 'fast-check'
import type { AnyTable } from 'plinth/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseName, freshSource } from './fixture.ts'
import { answers, fill, openStage, type Stage, tables } from './non-interference/compare.ts'
import { worlds } from './non-interference/rows.ts'
import { steps } from './non-interference/steps.ts'
import { world } from './non-interference/world.ts'

const numRuns = databaseName === 'sqlite' ? 300 : 30
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
      { numRuns, endOnFailure: true },
    )
  })

  it('is all there is, for nobody', { timeout: 300_000 }, async () => {
    const stage = await freshStage()
    await fc.assert(
      fc.asyncProperty(worlds, worlds, paths, async ({ one }, { two }, path) => {
        const first = await answers(stage, { rows: one, steps: path, nobody: true })
        expect(await answers(stage, { rows: two, steps: path, nobody: true })).toEqual(first)
      }),
      { numRuns: numRuns / 5, endOnFailure: true },
    )
  })

  it('is changed by nothing that the actor does', { timeout: 300_000 }, async () => {
    const stage = await freshStage()
    await fc.assert(
      fc.asyncProperty(worlds, paths, async ({ lead, one }, path) => {
        await fill(stage, one)
        const before = await hiddenRows(stage)
        await answers(stage, { rows: one, steps: path, lead })
        expect(await hiddenRows(stage)).toEqual(before)
      }),
      { numRuns: Math.ceil(numRuns / 3), endOnFailure: true },
    )
  })
})

/** The rows that are hidden from Ann and below nothing that she could delete. */
async function hiddenRows({ db }: Stage): Promise<unknown[]> {
  const hidden: unknown[] = []
  for (const name of ['people', 'boards', 'tags'] as const) {
    const { items } = await db.system.list(world[name] as AnyTable, { limit: 1000 })
    hidden.push(items.filter((row) => /-800[23]-/.test(String(row['id']))))
  }
  return hidden
}
