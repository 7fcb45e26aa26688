import { describe, expect, it } from 'vitest'
import type { SqlConnection } from '../../../../src/data/drivers/sql/driver.ts'
import { hasPostgres } from '../../servers.ts'
import { idsIn, insert, openNotes, sql, turn, until } from './support.ts'

const SLEEP = 'SELECT 1 FROM pg_sleep(60)'
const SLEEPING =
  "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active' AND backend_type = 'client backend'"

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
