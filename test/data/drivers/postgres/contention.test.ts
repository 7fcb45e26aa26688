import { describe, expect, it } from 'vitest'
import type { Isolation, SqlConnection } from '../../../../src/data/drivers/sql/driver.ts'
import { freshPostgres, hasPostgres } from '../../servers.ts'
import { openNotes, openPostgres, sql, turn } from './support.ts'

const READ = 'SELECT size FROM notes WHERE id = $1'
const WRITE = 'UPDATE notes SET size = $2 WHERE id = $1'

async function sizeOf(connection: SqlConnection, id: string): Promise<number> {
  return Number((await connection.run(sql(READ), [id])).rows[0]?.[0])
}

async function increase(connection: SqlConnection): Promise<void> {
  const size = await sizeOf(connection, 'counter')
  await turn()
  await connection.run(sql(WRITE), ['counter', size + 1])
}

describe.skipIf(!(await hasPostgres()))('transactions in each other’s way', () => {
  it.each<Isolation>(['serializable', 'repeatable read'])(
    'all succeed at %s, and lose no update',
    async (isolation) => {
      const url = await freshPostgres()
      const first = await openNotes({ url, max: 16 })
      const second = await openPostgres({ url, max: 16 })
      await first.transaction((connection) =>
        connection.run(sql("INSERT INTO notes VALUES ('counter', 0)"), []),
      )
      const writers = Array.from({ length: 32 }, (_, n) => (n % 2 ? first : second))
      await Promise.all(
        writers.map(async (driver) => {
          for (let round = 0; round < 3; round += 1) {
            await driver.transaction(increase, { isolation, timeout: 30_000 })
          }
        }),
      )
      const { rows } = await first.read(sql(READ), ['counter'])
      expect(rows).toEqual([[96]])
    },
  )

  it('cannot both act on what the other has changed', async () => {
    const driver = await openNotes()
    await driver.transaction((connection) =>
      connection.run(sql("INSERT INTO notes VALUES ('a', 1), ('b', 1)"), []),
    )
    // Each takes one away if two are there: read committed would let both.
    const take = (id: string) => async (connection: SqlConnection) => {
      const sum = (await sizeOf(connection, 'a')) + (await sizeOf(connection, 'b'))
      await turn(5)
      if (sum === 2) await connection.run(sql(WRITE), [id, 0])
    }
    const options = { isolation: 'serializable' } as const
    await Promise.all([
      driver.transaction(take('a'), options),
      driver.transaction(take('b'), options),
    ])
    const { rows } = await driver.read(sql('SELECT sum(size)::bigint FROM notes'), [])
    expect(rows).toEqual([[1]])
  })

  it('are run anew when they lock each other out, hooks once', async () => {
    const driver = await openNotes()
    await driver.transaction((connection) =>
      connection.run(sql("INSERT INTO notes VALUES ('a', 0), ('b', 0)"), []),
    )
    let arrived = 0
    let runs = 0
    const hooks: string[] = []
    const cross = (order: readonly [string, string]) => async (connection: SqlConnection) => {
      runs += 1
      connection.afterCommit(() => void hooks.push(order[0]))
      const add = 'UPDATE notes SET size = size + 1 WHERE id = $1'
      await connection.run(sql(add), [order[0]])
      arrived += 1
      while (arrived < 2) await turn()
      // Whoever catches the error cannot commit half of it either.
      await (async () => connection.run(sql(add), [order[1]]))().catch(() => undefined)
    }
    await Promise.all([
      driver.transaction(cross(['a', 'b']), { timeout: 30_000 }),
      driver.transaction(cross(['b', 'a']), { timeout: 30_000 }),
    ])
    const { rows } = await driver.read(sql('SELECT size FROM notes ORDER BY id'), [])
    expect(rows).toEqual([[2], [2]])
    expect(runs).toBe(3)
    expect(hooks.sort()).toEqual(['a', 'b'])
  })

  it('are told that the database is busy after fifty attempts', async () => {
    const driver = await openNotes()
    let runs = 0
    const outcome = driver.transaction(
      async (connection) => {
        runs += 1
        await connection.run(
          sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"),
          [],
        )
      },
      { timeout: 60_000 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'busy', headers: { 'Retry-After': '1' } })
    expect(runs).toBe(50)
  })
})
