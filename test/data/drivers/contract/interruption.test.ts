import type { SqlConnection } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { deferred, IDS, idsIn, insert, openNotes, PATIENT, sql, turn } from './support.ts'

const never = new Promise<void>(() => undefined)

describe('a transaction that takes too long', () => {
  it('is rolled back alone and can never commit later', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const late = deferred<unknown>()
    const slow = async (connection: SqlConnection) => {
      await insert('slow')(connection)
      await gate.promise
      await insert('late')(connection).catch(late.resolve)
    }
    const results = await Promise.allSettled([
      driver.transaction(insert('a'), PATIENT),
      driver.transaction(slow, { timeout: 200 }),
      driver.transaction(insert('b'), PATIENT),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { code: 'transaction_timeout', status: 503 } })
    gate.resolve()
    expect(await late.promise).toMatchObject({ code: 'transaction_timeout' })
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })

  it('is stopped inside nested transactions too', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const inner = deferred<unknown>()
    const outcome = driver.transaction(
      async (outer) => {
        await insert('outer')(outer)
        await outer
          .savepoint(async (nested) => {
            await insert('nested')(nested)
            await gate.promise
          })
          .catch(inner.resolve)
        await insert('after')(outer)
      },
      { timeout: 200 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
    await driver.transaction(async (connection) => {
      await insert('other')(connection)
      gate.resolve()
      expect(await inner.promise).toMatchObject({ code: 'transaction_timeout' })
      await turn(2)
    }, PATIENT)
    expect(await idsIn(driver)).toEqual(['other'])
  })

  it('is not kept when the event loop hid the end of its time', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction(
      async (connection) => {
        await insert('a')(connection)
        const end = performance.now() + 300
        while (performance.now() < end);
      },
      { timeout: 200 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
    expect(await idsIn(driver)).toEqual([])
  })

  it('has the time of the options unless it says otherwise', async () => {
    const driver = await openNotes({ timeout: 60 })
    await expect(driver.transaction(() => never)).rejects.toThrow('more than 60 ms')
    await expect(driver.transaction(() => never, { timeout: 40 })).rejects.toThrow('40 ms')
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'cannot have %s as its time',
    async (timeout) => {
      const driver = await openNotes()
      const outcome = driver.transaction(async () => undefined, { timeout })
      await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    },
  )
})

describe('an aborted transaction', () => {
  const steps: readonly ((connection: SqlConnection) => unknown)[] = [
    insert('a'),
    () => turn(),
    (connection) => connection.savepoint(insert('b')),
    (connection) => connection.savepoint(() => turn()),
    idsIn,
  ]

  it('stores nothing, before whichever step it is aborted', async () => {
    const driver = await openNotes()
    for (let at = 0; at <= steps.length; at += 1) {
      const controller = new AbortController()
      const reason = new Error('gone')
      const work = async (connection: SqlConnection) => {
        for (const [index, step] of steps.entries()) {
          if (index === at) controller.abort(reason)
          await step(connection)
        }
        controller.abort(reason)
      }
      const outcome = driver.transaction(work, { signal: controller.signal })
      await expect(outcome).rejects.toMatchObject({ code: 'aborted', cause: reason })
      expect(await idsIn(driver)).toEqual([])
    }
  })

  it('stores all or nothing when aborted from outside at any turn', async () => {
    const driver = await openNotes()
    for (let turns = 0; turns < 40; turns += 1) {
      const controller = new AbortController()
      const outcome = driver.transaction(
        async (connection) => {
          await insert(`a${turns}`)(connection)
          await turn(4)
          await insert(`b${turns}`)(connection)
        },
        { signal: controller.signal },
      )
      const settled = outcome.then(
        () => true,
        () => false,
      )
      await turn(turns)
      controller.abort()
      const kept = await settled
      const stored = (await idsIn(driver)).filter((id) => String(id).slice(1) === `${turns}`)
      expect(stored).toHaveLength(kept ? 2 : 0)
    }
  })

  it('is not begun when aborted before', async () => {
    const driver = await openNotes()
    let began = 0
    const work = () => {
      began += 1
    }
    const before = driver.transaction(work, { signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject({ code: 'aborted' })
    const read = async () => driver.read(sql(IDS), [], { signal: AbortSignal.abort() })
    await expect(read()).rejects.toMatchObject({ code: 'aborted' })
    expect(began).toBe(0)
  })

  it('holds nobody up when its function goes on', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const work = () => {
      controller.abort()
      return never
    }
    const outcome = driver.transaction(work, { signal: controller.signal })
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })
})

describe('closing', () => {
  it('waits for what runs and what waits, and refuses the rest', async () => {
    const driver = await openNotes()
    const writes = Array.from({ length: 30 }, (_, n) =>
      driver.transaction(async (connection) => {
        await turn()
        await insert(`a${n}`)(connection)
        return n
      }, PATIENT),
    )
    await turn(2)
    const closing = driver.close()
    await expect(driver.transaction(insert('late'))).rejects.toMatchObject({ code: 'closed' })
    await expect(idsIn(driver)).rejects.toMatchObject({ code: 'closed' })
    await expect(driver.ping()).rejects.toMatchObject({ code: 'closed', status: 503 })
    await closing
    expect(await Promise.all(writes)).toEqual(writes.map((_, n) => n))
  })

  it('is done once, however often it is asked for', async () => {
    const driver = await openNotes()
    await Promise.all([driver.close(), driver.close()])
    await driver.close()
  })
})
