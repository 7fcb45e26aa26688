import { describe, expect, it } from 'vitest'
import type { SqlConnection, SqlDriver } from '../../../../src/data/drivers/sql/driver.ts'
import { hasPostgres } from '../../servers.ts'
import {
  createNotes,
  deferred,
  IDS,
  INSERT,
  idsIn,
  insert,
  openEmbedded,
  openNotes,
  openPostgres,
  sql,
  turn,
  until,
} from './support.ts'

const SLEEP = 'SELECT 1 FROM pg_sleep(60)'
const SLEEPING =
  "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active' AND backend_type = 'client backend'"

const databases = [
  { name: 'PostgreSQL', skip: !(await hasPostgres()), openEmpty: () => openPostgres({ max: 2 }) },
  { name: 'PGlite', skip: false, openEmpty: () => openEmbedded() },
]

for (const { name, skip, openEmpty } of databases) {
  const open = async (): Promise<SqlDriver> => createNotes(await openEmpty())

  describe.skipIf(skip)(`a transaction that takes too long on ${name}`, () => {
    it('is rolled back alone and can never commit later', async () => {
      const driver = await open()
      const gate = deferred()
      const late = deferred<unknown>()
      const slow = async (connection: SqlConnection) => {
        await connection.run(sql(INSERT), ['slow', 1])
        await gate.promise
        await Promise.resolve(connection)
          .then((kept) => kept.run(sql(INSERT), ['late', 1]))
          .catch(late.resolve)
      }
      const results = await Promise.allSettled([
        driver.transaction(insert('a')),
        driver.transaction(slow, { timeout: 200 }),
        driver.transaction(insert('b')),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(results[1]).toMatchObject({ reason: { code: 'transaction_timeout', status: 503 } })
      gate.resolve()
      expect(await late.promise).toMatchObject({ code: 'transaction_timeout' })
      expect(await idsIn(driver)).toEqual(['a', 'b'])
    })

    it('is stopped inside nested transactions too', async () => {
      const driver = await open()
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
        { timeout: 100 },
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
      const driver = await open()
      const outcome = driver.transaction(
        async (connection) => {
          await connection.run(sql(INSERT), ['a', 1])
          const end = performance.now() + 300
          while (performance.now() < end);
        },
        { timeout: 200 },
      )
      await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
      expect(await idsIn(driver)).toEqual([])
    })

    it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
      'cannot have %s as its time',
      async (timeout) => {
        const driver = await openEmpty()
        const outcome = driver.transaction(async () => undefined, { timeout })
        await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
      },
    )
  })

  describe.skipIf(skip)(`an aborted transaction on ${name}`, () => {
    const steps: readonly ((connection: SqlConnection) => unknown)[] = [
      (connection) => connection.run(sql(INSERT), ['a', 1]),
      () => turn(),
      (connection) => connection.savepoint(async (inner) => inner.run(sql(INSERT), ['b', 1])),
      (connection) => connection.savepoint(() => turn()),
      (connection) => connection.run(sql(IDS), []),
    ]

    it('stores nothing, before whichever step it is aborted', async () => {
      const driver = await open()
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
      const driver = await open()
      for (let turns = 0; turns < 40; turns += 1) {
        const controller = new AbortController()
        const outcome = driver.transaction(
          async (connection) => {
            await connection.run(sql(INSERT), [`a${turns}`, 1])
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
        const kept = await settled
        const stored = (await idsIn(driver)).filter((id) => String(id).slice(1) === `${turns}`)
        expect(stored).toHaveLength(kept ? 2 : 0)
      }
    })

    it('is not begun when aborted before', async () => {
      const driver = await openEmpty()
      let began = 0
      const work = () => {
        began += 1
      }
      const before = driver.transaction(work, { signal: AbortSignal.abort() })
      await expect(before).rejects.toMatchObject({ code: 'aborted' })
      const read = async () => driver.read(sql('SELECT 1'), [], { signal: AbortSignal.abort() })
      await expect(read()).rejects.toMatchObject({ code: 'aborted' })
      expect(began).toBe(0)
    })

    it('does not hold a connection when its function goes on', async () => {
      const driver = await open()
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
  })
}

describe.skipIf(!(await hasPostgres()))('a statement that is stuck', () => {
  it('ends on the server with its transaction, and lets go of locks', async () => {
    const driver = await openNotes({ max: 2 })
    await driver.transaction(insert('a'))
    const controller = new AbortController()
    const stuck = driver.transaction(
      async (connection) => {
        await connection.run(sql('UPDATE notes SET size = 2'), [])
        await connection.run(sql(SLEEP), [])
      },
      { signal: controller.signal, timeout: 60_000 },
    )
    await until(async () => (await driver.read(sql(SLEEPING), [])).rows.length > 0)
    controller.abort()
    await expect(stuck).rejects.toMatchObject({ code: 'aborted' })
    await driver.transaction((connection) => connection.run(sql('UPDATE notes SET size = 3'), []))
    expect((await driver.read(sql(SLEEPING), [])).rows).toEqual([])
    expect((await driver.read(sql('SELECT size FROM notes'), [])).rows).toEqual([[3]])
  })

  it('ends when the transaction has used up its time', async () => {
    const driver = await openNotes({ max: 1 })
    const stuck = driver.transaction((connection) => connection.run(sql(SLEEP), []), {
      timeout: 100,
    })
    await expect(stuck).rejects.toMatchObject({ code: 'transaction_timeout' })
    expect(await idsIn(driver)).toEqual([])
  })

  it('outside a transaction ends with the signal of its scope', async () => {
    const driver = await openNotes({ max: 1 })
    const controller = new AbortController()
    const stuck = Promise.resolve(driver.read(sql(SLEEP), [], { signal: controller.signal }))
    const outcome = expect(stuck).rejects.toMatchObject({ code: 'aborted' })
    await turn(20)
    controller.abort()
    await outcome
    expect(await idsIn(driver)).toEqual([])
  })

  it('is ended by the server after the time of the options', async () => {
    const driver = await openNotes({ statementTimeout: 50 })
    const stuck = driver.read(sql(SLEEP), [])
    await expect(stuck).rejects.toMatchObject({ code: 'transaction_timeout', status: 503 })
  })

  it('may take longer in a transaction that says so', async () => {
    const driver = await openNotes({ statementTimeout: 50 })
    const work = (connection: SqlConnection) =>
      connection.run(sql('SELECT 1 FROM pg_sleep(0.2)'), [])
    const { rows } = await driver.transaction(work, { timeout: 20_000 })
    expect(rows).toEqual([[1]])
    await expect(driver.read(sql(SLEEP), [])).rejects.toMatchObject({ code: 'transaction_timeout' })
  })
})
