import { isDeepStrictEqual } from 'node:util'
import { type DataSource, open } from 'plinth/data'
import { onTestFinished } from 'vitest'
import { ann, type Operation, seed, snapshot } from './operations.ts'

/** Something that can go wrong at the n-th of several places. */
export interface Trouble {
  /** From now on, lets the n-th place fail, once. */
  plan(at: number): void
  /** Lets nothing fail any more; answers whether something did. */
  clear(): boolean | Promise<boolean>
}

/** What became of an operation. */
export interface Run {
  readonly error: unknown
  readonly hooks: readonly string[]
  readonly state: unknown
  /** Whether something went wrong. */
  readonly fired: boolean
}

export interface Runner {
  /** Runs an operation on rows that are the same each time, with trouble at a place. */
  run(work: Operation['run'], at: number): Promise<Run>
  /** The rows before each operation. */
  readonly before: unknown
}

/** A place that is never reached. */
export const NEVER = 0

/** On servers, and on a busy machine, hundreds of runs take their time. */
export const PATIENCE = 300_000

export async function openRunner(source: DataSource, trouble: Trouble): Promise<Runner> {
  const db = await open(source)
  onTestFinished(() => db.close())
  await db.migrate()
  await seed(db.system)
  const before = await snapshot(db.system)
  let state: unknown = before
  return {
    before,
    async run(work, at) {
      if (!isDeepStrictEqual(state, before)) await seed(db.system)
      const hooks: string[] = []
      trouble.plan(at)
      const error = await work(db.as(ann), (name) => void hooks.push(name)).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const fired = await trouble.clear()
      state = await snapshot(db.system)
      return { error, hooks, state, fired }
    },
  }
}
