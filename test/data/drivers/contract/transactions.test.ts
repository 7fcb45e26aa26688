import { AsyncLocalStorage } from 'node:async_hooks'
import type { SqlConnection } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { deferred, IDS, INSERT, idsIn, insert, openNotes, PATIENT, sql, turn } from './support.ts'

describe('a transaction', () => {
  it('stores what its function wrote and answers its value', async () => {
    const driver = await openNotes()
    const value = await driver.transaction(async (connection) => {
      await insert('a')(connection)
      return 'done'
    })
    expect(value).toBe('done')
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('that throws rolls back alone', async () => {
    const driver = await openNotes()
    const failure = new Error('no')
    const results = await Promise.allSettled([
      driver.transaction(insert('a')),
      driver.transaction(async (connection) => {
        await insert('b')(connection)
        throw failure
      }),
      driver.transaction(insert('c')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: failure })
    expect(await idsIn(driver)).toEqual(['a', 'c'])
  })

  it('is kept exactly when it succeeds, of two hundred at once', async () => {
    const driver = await openNotes()
    const all = Array.from({ length: 200 }, (_, n) => n)
    const results = await Promise.allSettled(
      all.map((n) =>
        driver.transaction(async (connection) => {
          await insert(`a${n}`)(connection)
          if (n % 3 === 0) await turn()
          if (n % 7 === 0) throw new Error('no')
          await insert(`b${n}`)(connection)
        }, PATIENT),
      ),
    )
    const kept = all.filter((n) => n % 7 !== 0)
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(all.map((n) => n % 7 !== 0))
    expect(await idsIn(driver)).toEqual(kept.flatMap((n) => [`a${n}`, `b${n}`]).sort())
  })

  it('reads what it wrote, and nobody else does before the commit', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const written = deferred()
    const transaction = driver.transaction(async (connection) => {
      await insert('a')(connection)
      expect(await idsIn(connection)).toEqual(['a'])
      written.resolve()
      await gate.promise
    }, PATIENT)
    await written.promise
    // One connection has nobody beside it: whoever reads waits for the end.
    const seen = idsIn(driver)
    const early = await Promise.race([seen, turn(20).then(() => undefined)])
    gate.resolve()
    await transaction
    if (early) expect(early).toEqual([])
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('goes on after a failed statement that its function caught', async () => {
    const driver = await openNotes()
    await driver.transaction(insert('a'))
    await driver.transaction(async (connection) => {
      const conflict = { code: 'conflict' }
      await expect(insert('a')(connection)).rejects.toMatchObject(conflict)
      await insert('b')(connection)
      await expect(insert('b')(connection)).rejects.toMatchObject(conflict)
      expect(await idsIn(connection)).toEqual(['a', 'b'])
    })
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })

  it('keeps the order of statements that were not awaited', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      void connection.run(sql(INSERT), ['a', 1])
      void connection.run(sql("UPDATE notes SET id = 'b'"), [])
    })
    expect(await idsIn(driver)).toEqual(['b'])
  })

  it('answers with how many rows it wrote', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      const changes = async (text: string) => (await connection.run(sql(text), [])).changes
      expect(await changes("INSERT INTO notes VALUES ('a', 1), ('b', 1)")).toBe(2)
      expect(await changes('UPDATE notes SET size = 1')).toBe(2)
      expect(await changes('SELECT id FROM notes')).toBe(0)
      expect(await changes("DELETE FROM notes WHERE id = 'x'")).toBe(0)
    })
  })

  it('that only reads refuses to write', async () => {
    const driver = await openNotes()
    const writing = driver.transaction(insert('a'), { readOnly: true })
    await expect(writing).rejects.toMatchObject({ code: 'misuse', message: /read-only/ })
    await driver.transaction(insert('b'))
    expect(await driver.transaction(idsIn, { readOnly: true })).toEqual(['b'])
  })

  it('runs at each isolation level that the driver declares', async () => {
    const driver = await openNotes()
    for (const isolation of driver.capabilities.isolation) {
      expect(await driver.transaction(idsIn, { isolation })).toEqual([])
    }
  })

  it('runs in the context of its caller, its hooks as well', async () => {
    const driver = await openNotes()
    const user = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const run = (name: string) =>
      user.run(name, () =>
        driver.transaction(async (connection) => {
          connection.afterCommit(() => void seen.push(`hook of ${user.getStore()}`))
          await connection.run(sql(IDS), [])
          seen.push(`work of ${user.getStore()}`)
        }),
      )
    await Promise.all([run('a'), run('b')])
    await turn()
    expect(seen.sort()).toEqual(['hook of a', 'hook of b', 'work of a', 'work of b'])
  })
})

describe('the outer handle inside a transaction', () => {
  it('is refused at once instead of waiting for itself', async () => {
    const driver = await openNotes()
    await driver.transaction(async () => {
      expect(() => driver.assertOutside()).toThrow('use the handle that its function is given')
      await turn()
      const nested = driver.transaction(insert('a'))
      await expect(nested).rejects.toMatchObject({ code: 'misuse' })
      await expect(driver.close()).rejects.toMatchObject({ code: 'misuse' })
    })
    expect(await idsIn(driver)).toEqual([])
  })

  it('is fine for work that outlives it', async () => {
    const driver = await openNotes()
    let late: Promise<unknown> | undefined
    const gate = deferred()
    await driver.transaction(async () => {
      late = gate.promise.then(() => driver.transaction(insert('late')))
    })
    gate.resolve()
    await late
    expect(await idsIn(driver)).toEqual(['late'])
  })

  it('is another matter for another database', async () => {
    const [one, other] = await Promise.all([openNotes(), openNotes()])
    await one.transaction(() => other.transaction(insert('a')))
    expect(await idsIn(other)).toEqual(['a'])
  })

  it('is free for others meanwhile', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const first = driver.transaction(() => gate.promise, PATIENT)
    await turn(3)
    const second = driver.transaction(insert('b'), PATIENT)
    gate.resolve()
    await Promise.all([first, second])
    expect(await idsIn(driver)).toEqual(['b'])
  })
})

describe('a handle kept after its transaction', () => {
  it('is refused, also while another one runs', async () => {
    const driver = await openNotes()
    let kept: SqlConnection | undefined
    await driver.transaction((connection) => {
      kept = connection
    })
    const refuses = async () => {
      expect(() => kept?.run(sql(INSERT), ['a', 1])).toThrow('it has ended')
      expect(() => kept?.raw?.run('SELECT 1', [])).toThrow('it has ended')
      await expect(kept?.savepoint(async () => 1)).rejects.toThrow('it has ended')
    }
    await refuses()
    await driver.transaction(refuses)
    expect(await idsIn(driver)).toEqual([])
  })
})
