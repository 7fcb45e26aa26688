import { isDeepStrictEqual } from 'node:util'
import { open } from 'plinth/data'
import { PlinthError } from 'plinth/kernel'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseName, freshSource } from '../fixture.ts'
import { type Fault, Faults, faulty } from './faulty-driver.ts'
import {
  ann,
  idOf,
  type Operation,
  seed,
  snapshot,
  tables,
  teams,
  transactions,
  writes,
} from './operations.ts'

interface Run {
  readonly error: unknown
  readonly hooks: readonly string[]
  readonly state: unknown
  readonly fired: boolean
}

/** Runs operations on rows that are the same each time, with a fault at a place. */
async function openRunner() {
  const faults = new Faults()
  const db = await open(faulty(await freshSource(tables), faults))
  onTestFinished(() => db.close())
  await db.migrate()
  const system = db.system
  let state: unknown
  const run = async (work: Operation['run'], at: number, fault: Fault): Promise<Run> => {
    if (!isDeepStrictEqual(state, before)) await seed(system)
    const hooks: string[] = []
    faults.plan(at, fault)
    const error = await work(db.as(ann), (name) => void hooks.push(name)).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    const fired = faults.clear()
    state = await snapshot(system)
    return { error, hooks, state, fired }
  }
  await seed(system)
  const before = await snapshot(system)
  return { run, before }
}

const NEVER = 0
const concurrent = databaseName !== 'sqlite'
/** What fails before it reaches the database is the same for all of them. */
const kinds: readonly Fault[] = concurrent ? ['conflict'] : ['lost', 'conflict']

describe.each(kinds)('a fault at every place of an operation: %s', (fault) => {
  it.each([...writes, ...transactions])('leaves all or nothing of $name', async (operation) => {
    const { run, before } = await openRunner()
    const whole = await run(operation.run, NEVER, fault)
    expect(whole).toMatchObject({ error: undefined, hooks: operation.hooks ?? [] })
    expect(whole.state).not.toEqual(before)
    for (let at = 1; ; at += 1) {
      const { error, hooks, state, fired } = await run(operation.run, at, fault)
      if (!fired) {
        expect(at).toBeGreaterThan(3)
        return
      }
      expect(codeOf(error), `place ${at}`).toMatch(/^(storage_failed|conflict)$/)
      expect(state, `place ${at}`).toEqual(before)
      expect(hooks).toEqual([])
    }
  })
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

describe.each(kinds)('a fault that a transaction survives: %s', (fault) => {
  it.each([...writes, ...transactions])('undoes $name alone', async (operation) => {
    const { run, before } = await openRunner()
    let failure: unknown
    const work = caught(operation, (error) => {
      failure = error
    })
    const none = caught({ name: 'nothing', run: async () => undefined }, () => undefined)
    const without = (await run(none, NEVER, fault)).state
    const whole = await run(work, NEVER, fault)
    expect(failure).toBeUndefined()
    for (let at = 1; ; at += 1) {
      failure = undefined
      const { error, hooks, state, fired } = await run(work, at, fault)
      if (!fired) break
      expect(hooks).toEqual(error || failure ? [] : (operation.hooks ?? []))
      const expected = error ? before : failure ? without : whole.state
      expect(state, `place ${at}`).toEqual(expected)
    }
  })
})

describe.runIf(concurrent)('a transaction that the database ends for the sake of another', () => {
  it.each([...writes, ...transactions])('is run anew: $name', async (operation) => {
    const { run } = await openRunner()
    const whole = await run(operation.run, NEVER, 'serialization')
    for (let at = 2; ; at += 1) {
      const { error, hooks, state, fired } = await run(operation.run, at, 'serialization')
      if (!fired) break
      expect(error, `place ${at}`).toBeUndefined()
      expect(state).toEqual(whole.state)
      expect(hooks).toEqual(operation.hooks ?? [])
    }
  })
})

function codeOf(error: unknown): string {
  return error instanceof PlinthError ? error.code : String(error)
}
