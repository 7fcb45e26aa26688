import { PlinthError } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { databaseName, freshSource } from '../fixture.ts'
import { type Fault, Faults, faulty } from './faulty-driver.ts'
import { idOf, type Operation, tables, teams, transactions, writes } from './operations.ts'
import { NEVER, openRunner, PATIENCE, type Runner } from './runner.ts'

async function openFaulty(fault: Fault): Promise<Runner> {
  const faults = new Faults()
  return openRunner(faulty(await freshSource(tables), faults), {
    plan: (at) => faults.plan(at, fault),
    clear: () => faults.clear(),
  })
}

const operations = [...writes, ...transactions]
const concurrent = databaseName !== 'sqlite'
/** What fails before it reaches the database is the same for all of them. */
const kinds: readonly Fault[] = concurrent ? ['conflict'] : ['lost', 'conflict']

describe.each(kinds)('a fault at every place of an operation: %s', (fault) => {
  const leavesAllOrNothing = async (operation: Operation) => {
    const { run, before } = await openFaulty(fault)
    const whole = await run(operation.run, NEVER)
    expect(whole).toMatchObject({ error: undefined, hooks: operation.hooks ?? [] })
    expect(whole.state).not.toEqual(before)
    for (let at = 1; ; at += 1) {
      const { error, hooks, state, fired } = await run(operation.run, at)
      if (!fired) {
        expect(at).toBeGreaterThan(3)
        return
      }
      expect(codeOf(error), `place ${at}`).toMatch(/^(storage_failed|conflict)$/)
      expect(state, `place ${at}`).toEqual(before)
      expect(hooks).toEqual([])
    }
  }
  it.each(operations)('leaves all or nothing of $name', leavesAllOrNothing, PATIENCE)
})

const marker = (n: number) => ({ id: idOf(900 + n), open: false })

/** An operation in a transaction that goes on when it fails. */
function caught({ run }: Operation, onError: (error: unknown) => void): Operation['run'] {
  return (handle, hook) =>
    handle.transaction(async (tx) => {
      await tx.system.create(teams, marker(1))
      try {
        await run(tx, hook)
      } catch (error) {
        onError(error)
      }
      await tx.system.create(teams, marker(2))
    })
}

const nothing: Operation = { name: 'nothing', run: async () => undefined }

describe.each(kinds)('a fault that a transaction survives: %s', (fault) => {
  const undoesAlone = async (operation: Operation) => {
    const { run, before } = await openFaulty(fault)
    let failure: unknown
    const work = caught(operation, (error) => {
      failure = error
    })
    const without = (
      await run(
        caught(nothing, () => undefined),
        NEVER,
      )
    ).state
    const whole = await run(work, NEVER)
    expect(failure).toBeUndefined()
    for (let at = 1; ; at += 1) {
      failure = undefined
      const { error, hooks, state, fired } = await run(work, at)
      if (!fired) break
      expect(hooks).toEqual(error || failure ? [] : (operation.hooks ?? []))
      const expected = error ? before : failure ? without : whole.state
      expect(state, `place ${at}`).toEqual(expected)
    }
  }
  it.each(operations)('undoes $name alone', undoesAlone, PATIENCE)
})

describe.runIf(concurrent)('a transaction that the database ends for the sake of another', () => {
  const isRunAnew = async (operation: Operation) => {
    const { run } = await openFaulty('serialization')
    const whole = await run(operation.run, NEVER)
    // The first place is BEGIN, where nothing has run yet.
    for (let at = 2; ; at += 1) {
      const { error, hooks, state, fired } = await run(operation.run, at)
      if (!fired) break
      expect(error, `place ${at}`).toBeUndefined()
      expect(state).toEqual(whole.state)
      expect(hooks).toEqual(operation.hooks ?? [])
    }
  }
  it.each(operations)('is run anew: $name', isRunAnew, PATIENCE)
})

function codeOf(error: unknown): string {
  return error instanceof PlinthError ? error.code : String(error)
}
