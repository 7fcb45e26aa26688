import { AsyncLocalStorage } from 'node:async_hooks'
import type { SqlConnection } from 'plinth/data/sqlite'
import { createSignals, type LogRecord, type Measurement } from 'plinth/kernel'
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

  it('run each in the context of its caller', async () => {
    const driver = await openNotes()
    const user = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const run = (name: string) =>
      user.run(name, () =>
        driver.transaction(async (connection) => {
          connection.afterCommit(() => void seen.push(`hook of ${user.getStore()}`))
          await turn()
          seen.push(`work of ${user.getStore()}`)
        }),
      )
    await Promise.all([run('a'), run('b')])
    expect(seen.sort()).toEqual(['hook of a', 'hook of b', 'work of a', 'work of b'])
  })
})

describe('nested transactions', () => {
  it('roll back alone when they throw', async () => {
    const driver = await openNotes()
    await driver.transaction(async (outer) => {
      await outer.run(sql(INSERT), ['a', 1])
      await expect(
        outer.savepoint(async (inner) => {
          await inner.run(sql(INSERT), ['b', 1])
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      await outer.savepoint(async (inner) => {
        await inner.savepoint(async (innermost) => innermost.run(sql(INSERT), ['c', 1]))
      })
    })
    expect(await idsIn(driver)).toEqual(['a', 'c'])
  })

  it('fall with the outer one', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction(async (outer) => {
      await outer.savepoint(async (inner) => inner.run(sql(INSERT), ['a', 1]))
      throw new Error('no')
    })
    await expect(outcome).rejects.toThrow('no')
    expect(await idsIn(driver)).toEqual([])
  })

  it('refuse use of the outer handle meanwhile', async () => {
    const driver = await openNotes()
    await driver.transaction(async (outer) => {
      await outer.savepoint(async () => {
        expect(() => outer.run(sql(IDS), [])).toThrow('a nested one is running')
        expect(() => outer.afterCommit(() => undefined)).toThrow('a nested one is running')
        await expect(outer.savepoint(async () => 1)).rejects.toMatchObject({ code: 'misuse' })
      })
      await outer.run(sql(INSERT), ['a', 1])
    })
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('refuse a second one at the same time', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction((outer) =>
      Promise.all([
        outer.savepoint(async (inner) => {
          await turn()
          await inner.run(sql(INSERT), ['a', 1])
        }),
        outer.savepoint(async (inner) => inner.run(sql(INSERT), ['b', 1])),
      ]),
    )
    await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    await turn(3)
    await driver.transaction(insert('c'))
    expect(await idsIn(driver)).toEqual(['c'])
  })

  it('undo everything when they were not awaited', async () => {
    const driver = await openNotes()
    const gate = deferred()
    let late: Promise<unknown> | undefined
    const outcome = driver.transaction(async (outer) => {
      await outer.run(sql(INSERT), ['a', 1])
      late = outer.savepoint(async (inner) => {
        await inner.run(sql(INSERT), ['b', 1])
        await gate.promise
        await inner.run(sql(INSERT), ['c', 1])
      })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    const other = driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['d', 1])
      gate.resolve()
      await expect(late).rejects.toMatchObject({ code: 'misuse' })
    })
    await other
    expect(await idsIn(driver)).toEqual(['d'])
  })
})

describe('after-commit hooks', () => {
  it('run once, in order, when the rows are readable', async () => {
    const driver = await openNotes()
    const seen: unknown[] = []
    await driver.transaction(async (outer) => {
      outer.afterCommit(async () => void seen.push(['first', await idsIn(driver)]))
      await outer.savepoint(async (inner) => {
        inner.afterCommit(async () => void seen.push(['second', await idsIn(driver)]))
      })
      await outer.run(sql(INSERT), ['a', 1])
      expect(seen).toEqual([])
    })
    await turn()
    expect(seen).toEqual([
      ['first', ['a']],
      ['second', ['a']],
    ])
  })

  it('are forgotten with the level that rolls back', async () => {
    const driver = await openNotes()
    const seen: string[] = []
    await driver.transaction(async (outer) => {
      outer.afterCommit(() => void seen.push('kept'))
      const inner = outer.savepoint(async (nested) => {
        nested.afterCommit(() => void seen.push('dropped'))
        throw new Error('no')
      })
      await expect(inner).rejects.toThrow('no')
    })
    const failed = driver.transaction(async (connection) => {
      connection.afterCommit(() => void seen.push('dropped'))
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await turn()
    expect(seen).toEqual(['kept'])
  })

  it('that throw are logged and harm nobody', async () => {
    const signals = createSignals()
    const logs: LogRecord[] = []
    signals.subscribe({ log: (record) => void logs.push(record) })
    const driver = await openNotes({ signals })
    const seen: string[] = []
    const withHooks = async (connection: SqlConnection) => {
      connection.afterCommit(() => {
        throw new Error('at once')
      })
      connection.afterCommit(async () => {
        throw new Error('later')
      })
      connection.afterCommit(() => void seen.push('ran'))
      return 'committed'
    }
    expect(await driver.transaction(withHooks)).toBe('committed')
    await turn()
    expect(seen).toEqual(['ran'])
    expect(logs.map(({ event }) => event)).toEqual(['data.hook_failed', 'data.hook_failed'])
    expect(logs.map(({ error }) => (error as Error).message).sort()).toEqual(['at once', 'later'])
  })

  it('may begin transactions of their own', async () => {
    const driver = await openNotes()
    const written = deferred()
    await driver.transaction((connection) => {
      connection.afterCommit(async () => {
        await driver.transaction(insert('b'))
        written.resolve()
      })
      return connection.run(sql(INSERT), ['a', 1])
    })
    await written.promise
    expect(await idsIn(driver)).toEqual(['a', 'b'])
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
    await one.transaction(async () => {
      await other.transaction(insert('a'))
    })
    expect(await idsIn(other)).toEqual(['a'])
  })

  it('is free for others meanwhile', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const first = driver.transaction(() => gate.promise)
    await turn(3)
    const second = driver.transaction(insert('b'))
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
    expect(() => kept?.run(sql(INSERT), ['a', 1])).toThrow('it has ended')
    await driver.transaction(async () => {
      expect(() => kept?.run(sql(INSERT), ['a', 1])).toThrow('it has ended')
      await expect(kept?.savepoint(async () => 1)).rejects.toThrow('it has ended')
    })
    expect(await idsIn(driver)).toEqual([])
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
