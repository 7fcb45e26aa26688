import { createHook } from 'node:async_hooks'
import { isDeepStrictEqual } from 'node:util'
import type { Database, Handle } from 'plinth/data'
import { describe, expect, it } from 'vitest'
import { databaseName, openFresh } from '../fixture.ts'
import {
  ann,
  items,
  type Operation,
  rowOf,
  seed,
  snapshot,
  tables,
  transactions,
  writes,
} from './operations.ts'
import { NEVER, PATIENCE } from './runner.ts'

/** On servers every continuation of a socket counts: every fifth is dense enough. */
const STEP = databaseName === 'sqlite' ? 1 : 5

/** Calls `act` right before the n-th continuation of anything asynchronous from now on. */
function beforeContinuation(n: number, act: () => void): { stop(): boolean } {
  let count = 0
  const hook = createHook({
    before() {
      count += 1
      if (count === n) act()
    },
  })
  hook.enable()
  return {
    stop() {
      hook.disable()
      return n !== NEVER && count >= n
    },
  }
}

async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Outcome {
  readonly error: unknown
  readonly hooks: readonly string[]
  readonly state: unknown
  readonly aborted: boolean
}

/** Runs an operation whose signal is aborted at a point, from outside of it. */
async function abortAt(db: Database, operation: Operation, n: number): Promise<Outcome> {
  await seed(db.system)
  const controller = new AbortController()
  const hooks: string[] = []
  const handle = db.as(ann, { signal: controller.signal })
  const point = beforeContinuation(n, () => controller.abort(new Error('gone')))
  const error = await operation
    .run(handle, (name) => void hooks.push(name))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  const aborted = point.stop()
  const state = await snapshot(db.system)
  await turns(3)
  expect(await snapshot(db.system), 'a second look').toEqual(state)
  return { error, hooks, state, aborted }
}

describe('a signal that is aborted at every await of an operation', () => {
  const leavesAllOrNothing = async (operation: Operation) => {
    const db = await openFresh(tables)
    await seed(db.system)
    const before = await snapshot(db.system)
    const whole = await abortAt(db, operation, NEVER)
    expect(whole).toMatchObject({ error: undefined, hooks: operation.hooks ?? [] })
    let ended = 0
    for (let n = 1; ; n += STEP) {
      const { error, hooks, state, aborted } = await abortAt(db, operation, n)
      if (!aborted) break
      if (error) {
        ended += 1
        expect(error, `await ${n}`).toMatchObject({ code: 'aborted', status: 503 })
      }
      expect(state, `await ${n}`).toEqual(error ? before : whole.state)
      expect(hooks).toEqual(error ? [] : (operation.hooks ?? []))
    }
    expect(ended).toBeGreaterThan(0)
    await expectFree(db)
  }
  it.each([...writes, ...transactions])(
    'leaves all or nothing of $name',
    leavesAllOrNothing,
    PATIENCE,
  )

  it('ends every read, or lets it be', async () => {
    const db = await openFresh(tables)
    const read: Operation = {
      name: 'reads',
      async run(handle) {
        for await (const _ of handle.stream(items, { batch: 1, include: { team_: true } }));
      },
    }
    for (let n = 1; ; n += STEP) {
      const { error, aborted } = await abortAt(db, read, n)
      if (!aborted) break
      if (error) expect(error).toMatchObject({ code: 'aborted' })
    }
    await expectFree(db)
  })
})

/** More transactions at once than there are connections: none of them is held by what was ended. */
async function expectFree(db: Database): Promise<void> {
  await seed(db.system)
  await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      db.system.transaction(async (tx) => {
        await tx.create(items, rowOf(500 + n))
        await turns(1)
      }),
    ),
  )
  expect(await db.system.count(items)).toBe(33)
}

type Step = (tx: Handle) => Promise<unknown>

/** Where a function stands when its time is over. */
const stalls: Readonly<Record<string, (stall: () => Promise<void>) => Step>> = {
  'before its first verb': (stall) => async (tx) => {
    await stall()
    await tx.create(items, rowOf(30))
  },
  'after a verb': (stall) => async (tx) => {
    await tx.create(items, rowOf(30))
    await stall()
    await tx.create(items, rowOf(31))
  },
  'in a nested one': (stall) => async (tx) => {
    await tx.create(items, rowOf(30))
    await tx.transaction(async (inner) => {
      await inner.createMany(items, [rowOf(31)])
      await stall()
      await inner.create(items, rowOf(32))
    })
  },
  'after a nested one': (stall) => async (tx) => {
    await tx.transaction(async (inner) => {
      await inner.create(items, rowOf(31))
    })
    await stall()
  },
  'with verbs that nobody awaits': (stall) => async (tx) => {
    const verbs = [tx.createMany(items, [rowOf(31)]), tx.create(items, rowOf(32))]
    await stall()
    await Promise.all(verbs)
  },
}

describe.each(Object.entries(stalls))('a transaction that stalls %s', (_, stallIn) => {
  const attempt = async (stall: () => Promise<void>) => {
    const db = await openFresh(tables)
    await seed(db.system)
    const before = await snapshot(db.system)
    const hooks: string[] = []
    let end: Promise<unknown> = Promise.resolve()
    const work = stallIn(stall)
    const outcome = db.as(ann).transaction(
      (tx) => {
        tx.afterCommit(() => void hooks.push('hook'))
        end = work(tx)
        return end
      },
      { timeout: 250 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout', status: 503 })
    expect(await snapshot(db.system)).toEqual(before)
    return { db, before, hooks, settled: () => Promise.allSettled([end]) }
  }

  it('is undone while it waits for ever', async () => {
    const { db, before, hooks } = await attempt(() => new Promise(() => undefined))
    await expectFree(db)
    await seed(db.system)
    expect(isDeepStrictEqual(await snapshot(db.system), before)).toBe(true)
    expect(hooks).toEqual([])
  })

  it('stores nothing when it goes on too late', async () => {
    const gate = Promise.withResolvers<void>()
    const { db, before, hooks, settled } = await attempt(() => gate.promise)
    gate.resolve()
    await settled()
    await turns(5)
    expect(await snapshot(db.system)).toEqual(before)
    expect(hooks).toEqual([])
    await expectFree(db)
  })
})
