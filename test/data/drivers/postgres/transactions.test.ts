import { AsyncLocalStorage } from 'node:async_hooks'
import { createSignals, type LogRecord, type Measurement } from 'plinth/kernel'
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
  turn,
} from './support.ts'

const databases = [
  { name: 'PostgreSQL', skip: !(await hasPostgres()), openEmpty: () => openPostgres() },
  { name: 'PGlite', skip: false, openEmpty: () => openEmbedded() },
]

for (const { name, skip, openEmpty } of databases) {
  describe.skipIf(skip)(`transactions on ${name}`, () => {
    const open = async (): Promise<SqlDriver> => createNotes(await openEmpty())

    it('store what the function wrote and answer its value', async () => {
      const driver = await open()
      const value = await driver.transaction(async (connection) => {
        await connection.run(sql(INSERT), ['a', 1])
        return 'done'
      })
      expect(value).toBe('done')
      expect(await idsIn(driver)).toEqual(['a'])
    })

    it('roll back alone where one throws', async () => {
      const driver = await open()
      const failure = new Error('no')
      const results = await Promise.allSettled([
        driver.transaction(insert('a')),
        driver.transaction(async (connection) => {
          await connection.run(sql(INSERT), ['b', 1])
          throw failure
        }),
        driver.transaction(insert('c')),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(results[1]).toMatchObject({ reason: failure })
      expect(await idsIn(driver)).toEqual(['a', 'c'])
    })

    it('keep exactly the successful of two hundred at once', async () => {
      const driver = await open()
      const all = Array.from({ length: 200 }, (_, n) => n)
      const results = await Promise.allSettled(
        all.map((n) =>
          driver.transaction(
            async (connection) => {
              await connection.run(sql(INSERT), [`a${n}`, 1])
              if (n % 3 === 0) await turn()
              if (n % 7 === 0) throw new Error('no')
              await connection.run(sql(INSERT), [`b${n}`, 1])
            },
            { timeout: 30_000 },
          ),
        ),
      )
      const kept = all.filter((n) => n % 7 !== 0)
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
        all.map((n) => n % 7 !== 0),
      )
      expect(await idsIn(driver)).toEqual(kept.flatMap((n) => [`a${n}`, `b${n}`]).sort())
    })

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

    it('keep the order of statements that were not awaited', async () => {
      const driver = await open()
      await driver.transaction(async (connection) => {
        void connection.run(sql(INSERT), ['a', 1])
        void connection.run(sql('UPDATE notes SET id = $1'), ['b'])
      })
      expect(await idsIn(driver)).toEqual(['b'])
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

    it('that only read refuse to write', async () => {
      const driver = await open()
      const outcome = driver.transaction(insert('a'), { readOnly: true })
      await expect(outcome).rejects.toMatchObject({ code: 'misuse', message: /read-only/ })
      expect(await idsIn(driver)).toEqual([])
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

    it('run each in the context of its caller', async () => {
      const driver = await open()
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
      expect(seen.sort()).toEqual(['hook of a', 'hook of b', 'work of a', 'work of b'])
    })
  })

  describe.skipIf(skip)(`nested transactions on ${name}`, () => {
    const open = async (): Promise<SqlDriver> => createNotes(await openEmpty())

    it('roll back alone when they throw', async () => {
      const driver = await open()
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

    it('undo failed statements at every depth', async () => {
      const driver = await open()
      await driver.transaction(insert('taken'))
      const fail = (connection: SqlConnection) =>
        expect(connection.run(sql(INSERT), ['taken', 1])).rejects.toThrow('exists')
      await driver.transaction(async (outer) => {
        await outer.savepoint(async (inner) => {
          await fail(inner)
          await inner.run(sql(INSERT), ['a', 1])
          await fail(inner)
        })
        await fail(outer)
        await outer.savepoint(async () => undefined)
        await outer.savepoint(async (inner) => {
          await inner.run(sql(INSERT), ['b', 1])
          await inner
            .savepoint(async (innermost) => {
              await innermost.run(sql(INSERT), ['lost', 1])
              await fail(innermost)
              throw new Error('no')
            })
            .catch(() => undefined)
          await fail(inner)
        })
        await outer.run(sql(INSERT), ['c', 1])
        await fail(outer)
      })
      expect(await idsIn(driver)).toEqual(['a', 'b', 'c', 'taken'])
    })

    it('fall with the outer one', async () => {
      const driver = await open()
      const outcome = driver.transaction(async (outer) => {
        await outer.savepoint(async (inner) => inner.run(sql(INSERT), ['a', 1]))
        throw new Error('no')
      })
      await expect(outcome).rejects.toThrow('no')
      expect(await idsIn(driver)).toEqual([])
    })

    it('refuse use of the outer handle meanwhile', async () => {
      const driver = await open()
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
      const driver = await open()
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
      const driver = await open()
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
      await driver.transaction(async (connection) => {
        await connection.run(sql(INSERT), ['d', 1])
        gate.resolve()
        await expect(late).rejects.toMatchObject({ code: 'misuse' })
      })
      expect(await idsIn(driver)).toEqual(['d'])
    })
  })

  describe.skipIf(skip)(`after-commit hooks on ${name}`, () => {
    it('run once, in order, when the rows are readable', async () => {
      const driver = await createNotes(await openEmpty())
      const seen: unknown[] = []
      const last = deferred()
      await driver.transaction(async (outer) => {
        outer.afterCommit(async () => void seen.push(['first', await idsIn(driver)]))
        await outer.savepoint(async (inner) => {
          inner.afterCommit(async () => {
            seen.push(['second', await idsIn(driver)])
            last.resolve()
          })
        })
        await outer.run(sql(INSERT), ['a', 1])
        expect(seen).toEqual([])
      })
      await last.promise
      expect(seen.sort()).toEqual([
        ['first', ['a']],
        ['second', ['a']],
      ])
    })

    it('are forgotten with the level that rolls back', async () => {
      const driver = await openEmpty()
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
      expect(seen).toEqual(['kept'])
    })
  })

  describe.skipIf(skip)(`the outer handle inside a transaction on ${name}`, () => {
    it('is refused at once instead of waiting for itself', async () => {
      const driver = await createNotes(await openEmpty())
      await driver.transaction(async (connection) => {
        expect(() => driver.assertOutside()).toThrow('use the handle that its function is given')
        await connection.run(sql(IDS), [])
        const nested = driver.transaction(insert('a'))
        await expect(nested).rejects.toMatchObject({ code: 'misuse' })
        await expect(driver.close()).rejects.toMatchObject({ code: 'misuse' })
      })
      expect(await idsIn(driver)).toEqual([])
    })

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

    it('is refused when kept, also while another runs', async () => {
      const driver = await createNotes(await openEmpty())
      let kept: SqlConnection | undefined
      await driver.transaction((connection) => {
        kept = connection
      })
      expect(() => kept?.run(sql(INSERT), ['a', 1])).toThrow('it has ended')
      await driver.transaction(async () => {
        expect(() => kept?.run(sql(INSERT), ['a', 1])).toThrow('it has ended')
        await expect(kept?.savepoint(async () => 1)).rejects.toThrow('it has ended')
        expect(() => kept?.raw?.run('SELECT 1', [])).toThrow('it has ended')
      })
      expect(await idsIn(driver)).toEqual([])
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

  it('is that a hook failed, which harms nobody', async () => {
    const signals = createSignals()
    const logs: LogRecord[] = []
    signals.subscribe({ log: (record) => void logs.push(record) })
    const driver = await openPostgres({ signals })
    const seen: string[] = []
    const outcome = driver.transaction(async (connection) => {
      connection.afterCommit(() => {
        throw new Error('at once')
      })
      connection.afterCommit(async () => {
        throw new Error('later')
      })
      connection.afterCommit(() => void seen.push('ran'))
      return 'committed'
    })
    expect(await outcome).toBe('committed')
    await turn()
    expect(seen).toEqual(['ran'])
    expect(logs.map(({ event }) => event)).toEqual(['data.hook_failed', 'data.hook_failed'])
  })
})
