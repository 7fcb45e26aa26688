import { createSignals, type Measurement } from 'plinth/kernel'
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
  openPostgres,
  sql,
} from './support.ts'

const databases = [
  { name: 'PostgreSQL', skip: !(await hasPostgres()), openEmpty: () => openPostgres() },
  { name: 'PGlite', skip: false, openEmpty: () => openEmbedded() },
]

for (const { name, skip, openEmpty } of databases) {
  describe.skipIf(skip)(`transactions on ${name}`, () => {
    const open = async (): Promise<SqlDriver> => createNotes(await openEmpty())

    it('go on after a failed statement that the function caught', async () => {
      const driver = await open()
      await driver.transaction(async (connection) => {
        const conflict = { code: 'conflict' }
        await connection.run(sql(INSERT), ['a', 1])
        await expect(connection.run(sql(INSERT), ['a', 1])).rejects.toMatchObject(conflict)
        await connection.run(sql(INSERT), ['b', 1])
        await expect(connection.run(sql('SELECT 1/0'), [])).rejects.toThrow()
        await expect(connection.run(sql(INSERT), ['b', 1])).rejects.toMatchObject(conflict)
        expect((await connection.run(sql(IDS), [])).rows).toEqual([['a'], ['b']])
      })
      expect(await idsIn(driver)).toEqual(['a', 'b'])
    })

    it('go on when the very first statement failed', async () => {
      const driver = await open()
      await driver.transaction(insert('a'))
      await driver.transaction(async (connection) => {
        await expect(connection.run(sql(INSERT), ['a', 1])).rejects.toThrow('exists')
        await connection.run(sql(INSERT), ['b', 1])
      })
      await driver.transaction(async (connection) => {
        await expect(connection.run(sql(INSERT), ['a', 1])).rejects.toThrow('exists')
      })
      expect(await idsIn(driver)).toEqual(['a', 'b'])
    })

    it('answer with how many rows were written', async () => {
      const driver = await open()
      await driver.transaction(async (connection) => {
        const changes = async (text: string) => (await connection.run(sql(text), [])).changes
        expect(await changes("INSERT INTO notes VALUES ('a', 1), ('b', 1)")).toBe(2)
        expect(await changes('UPDATE notes SET size = 1')).toBe(2)
        expect(await changes('UPDATE notes SET size = 2 RETURNING id')).toBe(2)
        expect(await changes('SELECT id FROM notes')).toBe(0)
        expect(await changes("DELETE FROM notes WHERE id = 'x'")).toBe(0)
      })
    })

    it('store nothing more once a statement has ended them', async () => {
      const driver = await open()
      const outcome = driver.transaction(async (connection) => {
        await connection.run(sql(INSERT), ['a', 1])
        const ended = { code: 'misuse', message: expect.stringContaining('ended it') }
        await expect(connection.run(sql('COMMIT'), [])).rejects.toMatchObject(ended)
        await expect(connection.run(sql(INSERT), ['b', 1])).rejects.toMatchObject(ended)
      })
      await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
      expect(await idsIn(driver)).toEqual(['a'])
    })

    it('run at the level that they ask for', async () => {
      const driver = await open()
      const levels = []
      for (const isolation of [undefined, ...driver.capabilities.isolation]) {
        const work = (connection: SqlConnection) =>
          connection.run(sql('SHOW transaction_isolation'), [])
        const { rows } = await driver.transaction(work, isolation ? { isolation } : {})
        levels.push(rows[0]?.[0])
      }
      expect(levels).toEqual([
        'read committed',
        'read committed',
        'repeatable read',
        'serializable',
      ])
      const unknown = driver.transaction(insert('a'), { isolation: 'snapshot' as 'serializable' })
      await expect(unknown).rejects.toThrow('expected read committed, repeatable read')
    })
  })

  describe.skipIf(skip)(`the outer handle inside a transaction on ${name}`, () => {
    it('is fine for work that outlives it', async () => {
      const driver = await createNotes(await openEmpty())
      let late: Promise<unknown> | undefined
      const gate = deferred()
      await driver.transaction(async () => {
        late = gate.promise.then(() => driver.transaction(insert('late')))
      })
      gate.resolve()
      await late
      expect(await idsIn(driver)).toEqual(['late'])
    })
  })
}

describe.skipIf(!(await hasPostgres()))('a row that was locked', () => {
  it('stays so when a statement behind it fails', async () => {
    const driver = await createNotes(await openPostgres())
    await driver.transaction(insert('a'))
    const free = sql('SELECT id FROM notes FOR UPDATE SKIP LOCKED')
    await driver.transaction(async (connection) => {
      await connection.run(sql(IDS), [])
      await connection.run(sql('SELECT id FROM notes FOR UPDATE'), [])
      await expect(connection.run(sql(INSERT), ['a', 1])).rejects.toThrow('exists')
      expect((await connection.run(sql(IDS), [])).rows).toEqual([['a']])
      expect((await driver.read(free, [])).rows).toEqual([])
    })
    expect((await driver.read(free, [])).rows).toEqual([['a']])
  })
})

describe.skipIf(!(await hasPostgres()))('what is told of transactions', () => {
  it('is their waiting, their commits and the pool', async () => {
    const signals = createSignals()
    const measurements: Measurement[] = []
    signals.subscribe({ measurement: (measurement) => void measurements.push(measurement) })
    const driver = await createNotes(await openPostgres({ signals, max: 1 }))
    await Promise.all(['a', 'b', 'c'].map((id) => driver.transaction(insert(id))))
    const values = (name: string) =>
      measurements.filter((one) => one.name === `plinth.data.${name}`).map(({ value }) => value)
    expect(values('commit.duration')).toHaveLength(4)
    expect(values('queue.wait')).toHaveLength(4)
    expect(values('queue.length')).toEqual([1, 1, 2])
    expect(values('pool.size')).toEqual([1])
  })
})
