import type { SqlConnection } from 'plinth/data/sqlite'
import { createSignals, type Measurement } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { deferred, IDS, INSERT, idsIn, openNotes, sql, turn } from './support.ts'

const insert = (id: string) => (connection: SqlConnection) => connection.run(sql(INSERT), [id, 1])

describe.each(['better-sqlite3', 'node'] as const)('transactions on %s', (engine) => {
  const open = () => openNotes({ engine })

  it('stores what the function wrote and answers its value', async () => {
    const driver = await open()
    const value = await driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['a', 1])
      return 'done'
    })
    expect(value).toBe('done')
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('rolls back alone the one that throws', async () => {
    const driver = await open()
    const failure = new Error('no')
    const results = await Promise.allSettled([
      driver.transaction(insert('a')),
      driver.transaction((connection) => {
        connection.run(sql(INSERT), ['b', 1])
        throw failure
      }),
      driver.transaction(insert('c')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: failure })
    expect(await idsIn(driver)).toEqual(['a', 'c'])
  })

  it('keeps exactly the successful of five hundred at once', async () => {
    const driver = await open()
    const all = Array.from({ length: 500 }, (_, n) => n)
    const results = await Promise.allSettled(
      all.map((n) =>
        driver.transaction(async (connection) => {
          await connection.run(sql(INSERT), [`a${n}`, 1])
          if (n % 3 === 0) await turn()
          if (n % 7 === 0) throw new Error('no')
          await connection.run(sql(INSERT), [`b${n}`, 1])
        }),
      ),
    )
    const kept = all.filter((n) => n % 7 !== 0)
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(all.map((n) => n % 7 !== 0))
    expect(await idsIn(driver)).toEqual(kept.flatMap((n) => [`a${n}`, `b${n}`]).sort())
  })

  it('shows readers nothing before the commit', async () => {
    const driver = await open()
    const gate = deferred()
    const transaction = driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['a', 1])
      await gate.promise
    })
    await turn(5)
    expect(await idsIn(driver)).toEqual([])
    gate.resolve()
    await transaction
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('lets a transaction read what it wrote', async () => {
    const driver = await open()
    const rows = await driver.transaction((connection) => {
      connection.run(sql(INSERT), ['a', 1])
      return connection.run(sql(IDS), [])
    })
    expect(rows).toMatchObject({ rows: [['a']], changes: 0 })
  })

  it('goes on after a failed statement that the function caught', async () => {
    const driver = await open()
    await driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['a', 1])
      expect(() => connection.run(sql(INSERT), ['a', 1])).toThrow('exists')
      await connection.run(sql(INSERT), ['b', 1])
    })
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })
})

describe('transactions of one turn', () => {
  it('share one commit', async () => {
    const signals = createSignals()
    const measurements: Measurement[] = []
    const driver = await openNotes({ signals })
    signals.subscribe({ measurement: (measurement) => void measurements.push(measurement) })
    await Promise.all(['a', 'b', 'c'].map((id) => driver.transaction(insert(id))))
    const values = (name: string) =>
      measurements.filter((one) => one.name === name).map(({ value }) => value)
    expect(values('plinth.data.commit.size')).toEqual([3])
    expect(values('plinth.data.commit.duration')).toHaveLength(1)
    expect(values('plinth.data.queue.wait')).toHaveLength(3)
    expect(values('plinth.data.queue.length')).toEqual([3])
  })

  it('run in the order of their calls', async () => {
    const driver = await openNotes()
    const order: string[] = []
    const run = (name: string, turns: number) =>
      driver.transaction(async () => {
        order.push(`${name} begins`)
        await turn(turns)
        order.push(`${name} ends`)
      })
    await Promise.all([run('a', 3), run('b', 0), run('c', 1)])
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })
})

describe('a read-only transaction', () => {
  it('cannot write, and the next one can', async () => {
    const driver = await openNotes()
    const writing = driver.transaction((c) => c.run(sql(INSERT), ['a', 1]), { readOnly: true })
    await expect(writing).rejects.toMatchObject({ code: 'misuse' })
    const raw = driver.transaction((c) => c.raw?.run(INSERT, ['a', 1]), { readOnly: true })
    await expect(raw).rejects.toMatchObject({ code: 'misuse' })
    await driver.transaction((connection) => connection.run(sql(INSERT), ['b', 1]))
    const seen = await driver.transaction((c) => c.run(sql(IDS), []), { readOnly: true })
    expect(seen.rows).toEqual([['b']])
  })
})
