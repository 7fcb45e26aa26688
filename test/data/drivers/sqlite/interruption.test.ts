import type { SqlConnection } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { deferred, IDS, INSERT, idsIn, openNotes, sql, turn } from './support.ts'

const insert = (id: string) => (connection: SqlConnection) => connection.run(sql(INSERT), [id, 1])

describe('a transaction that takes too long', () => {
  it('is rolled back alone and can never commit later', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const late = deferred<unknown>()
    const slow = async (connection: SqlConnection) => {
      await connection.run(sql(INSERT), ['slow', 1])
      await gate.promise
      try {
        await connection.run(sql(INSERT), ['late', 1])
      } catch (error) {
        late.resolve(error)
      }
    }
    const results = await Promise.allSettled([
      driver.transaction(insert('a')),
      driver.transaction(slow, { timeout: 30 }),
      driver.transaction(insert('b')),
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
        await outer.run(sql(INSERT), ['outer', 1])
        await outer
          .savepoint(async (nested) => {
            await nested.run(sql(INSERT), ['nested', 1])
            await gate.promise
          })
          .catch(inner.resolve)
        await outer.run(sql(INSERT), ['after', 1])
      },
      { timeout: 30 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
    await driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['other', 1])
      gate.resolve()
      expect(await inner.promise).toMatchObject({ code: 'transaction_timeout' })
      await turn(2)
    })
    expect(await idsIn(driver)).toEqual(['other'])
  })

  it('is not kept when the event loop hid the end of its time', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction(
      async (connection) => {
        await connection.run(sql(INSERT), ['a', 1])
        const end = performance.now() + 60
        while (performance.now() < end);
      },
      { timeout: 30 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
    expect(await idsIn(driver)).toEqual([])
  })

  it('is told that the writer was busy when it never began', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const holder = driver.transaction(() => gate.promise)
    await turn(3)
    let began = false
    const work = () => {
      began = true
    }
    const waiting = driver.transaction(work, { timeout: 30 })
    await expect(waiting).rejects.toMatchObject({
      code: 'busy',
      status: 503,
      headers: { 'Retry-After': '1' },
    })
    gate.resolve()
    await holder
    await driver.transaction(insert('a'))
    expect(began).toBe(false)
  })

  it('has the time of the options unless it says otherwise', async () => {
    const driver = await openNotes({ timeout: 40 })
    const never = new Promise<void>(() => undefined)
    await expect(driver.transaction(() => never)).rejects.toThrow('more than 40 ms')
    await expect(driver.transaction(() => never, { timeout: 20 })).rejects.toThrow('20 ms')
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses %s as a time',
    async (timeout) => {
      const driver = await openNotes()
      const outcome = driver.transaction(insert('a'), { timeout })
      await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    },
  )
})

describe('an aborted transaction', () => {
  const steps: readonly ((connection: SqlConnection) => unknown)[] = [
    (connection) => connection.run(sql(INSERT), ['a', 1]),
    () => turn(),
    (connection) => connection.savepoint(async (inner) => inner.run(sql(INSERT), ['b', 1])),
    (connection) => connection.savepoint(() => turn()),
    (connection) => connection.run(sql(IDS), []),
  ]

  it.each([0, 1, 2, 3, 4, 5])('stores nothing when aborted before step %i', async (at) => {
    const driver = await openNotes()
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
    await driver.transaction(insert('other'))
    expect(await idsIn(driver)).toEqual(['other'])
  })

  it('stores nothing when aborted from outside at any turn', async () => {
    const driver = await openNotes()
    for (let turns = 0; turns < 12; turns += 1) {
      const controller = new AbortController()
      const outcome = driver.transaction(
        async (connection) => {
          await connection.run(sql(INSERT), [`a${turns}`, 1])
          await turn(4)
          await connection.run(sql(INSERT), [`b${turns}`, 1])
        },
        { signal: controller.signal },
      )
      const settled = outcome.then(
        () => true,
        () => false,
      )
      await turn(turns)
      controller.abort()
      const stored = (await idsIn(driver)).filter((id) => String(id).slice(1) === `${turns}`)
      expect(stored).toHaveLength((await settled) ? 2 : 0)
    }
  })

  it('is not begun when aborted before or while it waits', async () => {
    const driver = await openNotes()
    let began = 0
    const work = () => {
      began += 1
    }
    const before = driver.transaction(work, { signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject({ code: 'aborted' })
    const controller = new AbortController()
    const waiting = driver.transaction(work, { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    const other = new AbortController()
    const first = driver.transaction(async () => other.abort())
    const second = driver.transaction(work, { signal: other.signal })
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    await first
    expect(began).toBe(0)
  })

  it('does not hold the writer when its function aborts it and goes on', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const work = () => {
      controller.abort()
      return new Promise<void>(() => undefined)
    }
    const outcome = driver.transaction(work, { signal: controller.signal })
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('is answered at once, whatever the rest of its commit waits for', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const gate = deferred()
    const work = async () => controller.abort()
    const aborted = driver.transaction(work, { signal: controller.signal })
    const mate = driver.transaction(() => gate.promise)
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    gate.resolve()
    await mate
  })

  it('keeps its result when aborted after its function settled', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const gate = deferred()
    const first = driver.transaction(insert('a'), { signal: controller.signal })
    const mate = driver.transaction(() => gate.promise)
    await turn(3)
    controller.abort()
    gate.resolve()
    await Promise.all([first, mate])
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('refuses a read whose signal is aborted', async () => {
    const driver = await openNotes()
    const read = async () => driver.read(sql(IDS), [], { signal: AbortSignal.abort() })
    await expect(read()).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('closing', () => {
  it('waits for what runs and what waits, and refuses the rest', async () => {
    const driver = await openNotes()
    const writes = Array.from({ length: 50 }, (_, n) =>
      driver.transaction(async (connection) => {
        await turn()
        await connection.run(sql(INSERT), [`a${n}`, 1])
        return (await connection.run(sql(IDS), [])).rows.length
      }),
    )
    await turn(2)
    const closing = driver.close()
    await expect(driver.transaction(insert('late'))).rejects.toMatchObject({ code: 'closed' })
    await expect((async () => driver.read(sql(IDS), []))()).rejects.toMatchObject({
      code: 'closed',
    })
    await expect(driver.ping()).rejects.toMatchObject({ code: 'closed', status: 503 })
    await closing
    expect(await Promise.all(writes)).toEqual(writes.map((_, n) => n + 1))
  })

  it('is done once, however often it is asked for', async () => {
    const driver = await openNotes()
    await Promise.all([driver.close(), driver.close()])
    await driver.close()
  })
})
