import { setTimeout as sleep } from 'node:timers/promises'
import { createSignals, type Measurement } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import type { SqlConnection } from '../../../../src/data/drivers/sql/driver.ts'
import { hasMariadb } from '../../servers.ts'
import {
  deferred,
  elsewhere,
  IDS,
  INSERT,
  idsIn,
  openDriver,
  openNotes,
  PATIENT,
  sql,
  turn,
  useFreshDatabase,
} from './support.ts'

const insert =
  (id: string, size = 1) =>
  async (connection: SqlConnection) => {
    await connection.run(sql(INSERT), [id, size])
  }
const never = new Promise<void>(() => undefined)

describe.skipIf(!(await hasMariadb()))('a transaction', () => {
  useFreshDatabase()

  it('stores all or nothing', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      await insert('a')(connection)
      await insert('b')(connection)
    })
    const failing = driver.transaction(async (connection) => {
      await insert('c')(connection)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })

  it('counts the rows that matched, changed or not', async () => {
    const driver = await openNotes()
    const changes = await driver.transaction(async (connection) => {
      await insert('a')(connection)
      await insert('b')(connection)
      const update = await connection.run(sql('UPDATE notes SET size = ?'), [1])
      const removal = await connection.run(sql('DELETE FROM notes WHERE id = ?'), ['b'])
      return [update.changes, removal.changes]
    })
    expect(changes).toEqual([2, 1])
  })

  it('sees its own writes, and others only what is committed', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      await insert('a')(connection)
      expect((await connection.run(sql(IDS), [])).rows).toEqual([['a']])
      expect(await idsIn(driver)).toEqual([])
    })
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('sees what others commit meanwhile, unless it asks for more', async () => {
    const driver = await openNotes()
    const seen = async (isolation?: 'repeatable read' | 'serializable') => {
      await elsewhere('DELETE FROM notes')
      return driver.transaction(
        async (connection) => {
          await connection.run(sql(IDS), [])
          await Promise.race([elsewhere("INSERT INTO notes VALUES ('a', 1)"), sleep(300)])
          return (await connection.run(sql(IDS), [])).rows.length
        },
        { timeout: 30_000, ...(isolation && { isolation }) },
      )
    }
    expect(await seen()).toBe(1)
    expect(await seen('repeatable read')).toBe(0)
  })

  it('refuses writes where it is read only', async () => {
    const driver = await openNotes()
    const writing = driver.transaction(insert('a'), { readOnly: true })
    await expect(writing).rejects.toMatchObject({ code: 'misuse' })
    await driver.transaction((connection) => connection.run(sql(IDS), []), { readOnly: true })
    await driver.transaction(insert('b'))
    expect(await idsIn(driver)).toEqual(['b'])
  })

  it('refuses an isolation level that there is not', async () => {
    const driver = await openNotes()
    const asked = driver.transaction(insert('a'), { isolation: 'snapshot' as never })
    await expect(asked).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('read committed, repeatable read, serializable'),
    })
  })

  it('runs hooks once, after the commit and only then', async () => {
    const driver = await openNotes()
    const ran: string[] = []
    const hook = (name: string) => () => void ran.push(name)
    await driver.transaction(async (connection) => {
      connection.afterCommit(hook('outer'))
      await connection.savepoint(async (inner) => inner.afterCommit(hook('inner')))
      const lost = connection.savepoint(async (inner) => {
        inner.afterCommit(hook('lost'))
        throw new Error('no')
      })
      await lost.catch(() => undefined)
      expect(ran).toEqual([])
    })
    expect(ran).toEqual(['outer', 'inner'])
  })

  it('reports what waiting and committing took', async () => {
    const signals = createSignals()
    const measured: Measurement[] = []
    signals.subscribe({ measurement: (record) => void measured.push(record) })
    const driver = await openNotes({ signals })
    await driver.transaction(insert('a'))
    const names = new Set(measured.map(({ name }) => name))
    expect(names).toEqual(
      new Set(
        ['queue.length', 'queue.wait', 'commit.duration', 'pool.size'].map(
          (name) => `plinth.data.${name}`,
        ),
      ),
    )
  })
})

describe.skipIf(!(await hasMariadb()))('a savepoint', () => {
  useFreshDatabase()

  it('is undone alone', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      await insert('a')(connection)
      const nested = connection.savepoint(async (inner) => {
        await insert('b')(inner)
        await inner.savepoint(insert('c'))
        throw new Error('no')
      })
      await nested.catch(() => undefined)
      await connection.savepoint(insert('d'))
    })
    expect(await idsIn(driver)).toEqual(['a', 'd'])
  })

  it('goes on after a conflict in it', async () => {
    const driver = await openNotes()
    await driver.transaction(async (connection) => {
      await insert('a')(connection)
      await expect(connection.savepoint(insert('a'))).rejects.toMatchObject({ code: 'conflict' })
      await insert('b')(connection)
    })
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })

  it('makes the handles of other levels misuse', async () => {
    const driver = await openNotes()
    let ended: SqlConnection | undefined
    await driver.transaction(async (connection) => {
      await connection.savepoint(async (inner) => {
        ended = inner
        expect(() => connection.run(sql(IDS), [])).toThrow('a nested one is running')
        await expect(driver.transaction(insert('x'))).rejects.toThrow('the outer handle was used')
      })
      expect(() => ended?.run(sql(IDS), [])).toThrow('it has ended')
    })
  })
})

describe.skipIf(!(await hasMariadb()))('a transaction that takes too long', () => {
  useFreshDatabase()

  it('is rolled back and can never commit later', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const late = deferred<unknown>()
    const slow = driver.transaction(
      async (connection) => {
        await insert('a')(connection)
        await gate.promise
        await insert('late')(connection).catch(late.resolve)
      },
      { timeout: 100 },
    )
    await expect(slow).rejects.toMatchObject({ code: 'transaction_timeout', status: 503 })
    gate.resolve()
    expect(await late.promise).toMatchObject({ code: 'transaction_timeout' })
    await driver.transaction(insert('b'))
    expect(await idsIn(driver)).toEqual(['b'])
  })

  it.each(['SELECT SLEEP(60)', 'INSERT INTO notes SELECT UUID(), SLEEP(60)'])(
    'is ended on the server as well: %s',
    async (text) => {
      const driver = await openNotes()
      const slow = driver.transaction((connection) => connection.run(sql(text), []), {
        timeout: 100,
      })
      await expect(slow).rejects.toMatchObject({ code: 'transaction_timeout' })
      const running =
        "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()"
      await expect.poll(async () => (await driver.read(sql(running), [])).rows).toEqual([[0]])
      expect(await idsIn(driver)).toEqual([])
    },
  )

  it('ends the wait for a lock', async () => {
    const driver = await openNotes()
    await driver.transaction(insert('a'))
    const gate = deferred()
    const update = sql('UPDATE notes SET size = 2 WHERE id = ?')
    const holder = driver.transaction(async (connection) => {
      await connection.run(update, ['a'])
      await gate.promise
    }, PATIENT)
    await turn(20)
    const waiting = driver.transaction((connection) => connection.run(update, ['a']), {
      timeout: 200,
    })
    await expect(waiting).rejects.toMatchObject({ code: 'transaction_timeout' })
    gate.resolve()
    await holder
  })

  it('is told that there was no connection when it never began', async () => {
    const driver = await openNotes({ max: 2, wait: 50 })
    const gate = deferred()
    const holders = [1, 2].map(() => driver.transaction(() => gate.promise, PATIENT))
    await turn(20)
    const busy = { code: 'busy', status: 503, headers: { 'Retry-After': '1' } }
    await expect(driver.transaction(insert('a'))).rejects.toMatchObject(busy)
    await expect(driver.read(sql(IDS), [])).rejects.toMatchObject(busy)
    gate.resolve()
    await Promise.all(holders)
    await driver.transaction(insert('b'))
    expect(await idsIn(driver)).toEqual(['b'])
  })
})

describe.skipIf(!(await hasMariadb()))('an aborted transaction', () => {
  useFreshDatabase()

  it.each([0, 1, 2, 3])('stores nothing when aborted before step %i', async (at) => {
    const driver = await openNotes()
    const controller = new AbortController()
    const reason = new Error('gone')
    const steps = [insert('a'), (c: SqlConnection) => c.savepoint(insert('b')), () => turn(3)]
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

  it('stores all or nothing when aborted at any moment', async () => {
    const driver = await openNotes()
    for (let count = 0; count < 30; count += 1) {
      const controller = new AbortController()
      const outcome = driver
        .transaction(
          async (connection) => {
            await insert(`a${count}`)(connection)
            await insert(`b${count}`)(connection)
          },
          { signal: controller.signal },
        )
        .then(
          () => 2,
          () => 0,
        )
      await turn(count)
      controller.abort()
      const expected = await outcome
      const stored = (await idsIn(driver)).filter((id) => String(id).slice(1) === `${count}`)
      expect(stored).toHaveLength(expected)
    }
  })

  it('is answered at once while the server sleeps', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const { signal } = controller
    const sleeping = driver.transaction(
      (connection) => connection.run(sql('SELECT SLEEP(60)'), []),
      {
        signal,
      },
    )
    const reading = driver.read(sql('SELECT SLEEP(60)'), [], { signal })
    await sleep(50)
    controller.abort()
    await expect(sleeping).rejects.toMatchObject({ code: 'aborted' })
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    await driver.ping()
  })

  it('is not begun when aborted while it waits for a connection', async () => {
    const driver = await openNotes({ max: 1 })
    const gate = deferred()
    const holder = driver.transaction(() => gate.promise, PATIENT)
    await turn(20)
    const controller = new AbortController()
    let began = false
    const waiting = driver.transaction(
      () => {
        began = true
      },
      { signal: controller.signal },
    )
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    gate.resolve()
    await holder
    expect(began).toBe(false)
  })
})

describe.skipIf(!(await hasMariadb()))('transactions in each other’s way', () => {
  useFreshDatabase()

  it('add up 32 writers on one counter', async () => {
    const driver = await openNotes({ max: 16, wait: 30_000 })
    await driver.transaction(insert('counter', 0))
    const add = async (connection: SqlConnection) => {
      const { rows } = await connection.run(sql('SELECT size FROM notes WHERE id = ? FOR UPDATE'), [
        'counter',
      ])
      await connection.run(sql('UPDATE notes SET size = ? WHERE id = ?'), [
        Number(rows[0]?.[0]) + 1,
        'counter',
      ])
    }
    const writers = Array.from({ length: 32 }, async () => {
      for (let count = 0; count < 8; count += 1) await driver.transaction(add, PATIENT)
    })
    await Promise.all(writers)
    const { rows } = await driver.read(sql('SELECT size FROM notes'), [])
    expect(rows).toEqual([[256]])
  })

  it('are run anew after a deadlock, unseen by their callers', async () => {
    const driver = await openNotes({ max: 8 })
    const rows = ['a', 'b', 'c', 'd']
    for (const id of rows) await driver.transaction(insert(id, 0))
    let runs = 0
    const writers = Array.from({ length: 32 }, (_, n) =>
      driver.transaction(async (connection) => {
        runs += 1
        const order = n % 2 ? rows : rows.toReversed()
        for (const id of order) {
          await connection.run(sql('UPDATE notes SET size = size + 1 WHERE id = ?'), [id])
        }
      }, PATIENT),
    )
    await Promise.all(writers)
    const { rows: sizes } = await driver.read(sql('SELECT size FROM notes'), [])
    expect(sizes).toEqual(rows.map(() => [32]))
    expect(runs).toBeGreaterThan(32)
  })

  it.each(['repeatable read', 'serializable'] as const)(
    'lose no update of %s although they read first',
    async (isolation) => {
      const driver = await openNotes({ max: 8 })
      await driver.transaction(insert('counter', 0))
      const writers = Array.from({ length: 16 }, () =>
        driver
          .transaction(
            async (connection) => {
              const { rows } = await connection.run(sql('SELECT size FROM notes'), [])
              const size = Number(rows[0]?.[0]) + 1
              await connection.run(sql('UPDATE notes SET size = ?'), [size])
            },
            { timeout: 30_000, isolation },
          )
          .then(
            () => 1,
            (error) => {
              expect(error).toMatchObject({ code: 'busy' })
              return 0
            },
          ),
      )
      const done = (await Promise.all(writers)).reduce<number>((sum, one) => sum + one, 0)
      const { rows } = await driver.read(sql('SELECT size FROM notes'), [])
      expect(rows).toEqual([[done]])
    },
  )

  it('do not go on after a deadlock that their function caught', async () => {
    const driver = await openNotes()
    for (const id of ['a', 'b']) await driver.transaction(insert(id, 0))
    const update = sql('UPDATE notes SET size = size + 1 WHERE id = ?')
    const met = [deferred(), deferred()]
    const meet = async (mine: number) => {
      met[mine]?.resolve()
      await met[1 - mine]?.promise
    }
    const cross = (mine: number, ids: readonly string[]) =>
      driver.transaction(async (connection) => {
        await connection.run(update, [ids[0]])
        await meet(mine)
        await Promise.resolve(connection.run(update, [ids[1]])).catch(() => undefined)
        await Promise.resolve(connection.run(update, [ids[0]])).catch(() => undefined)
      }, PATIENT)
    await Promise.all([cross(0, ['a', 'b']), cross(1, ['b', 'a'])])
    const { rows } = await driver.read(sql('SELECT size FROM notes ORDER BY id'), [])
    expect(rows).toEqual([[3], [3]])
  })
})

describe.skipIf(!(await hasMariadb()))('a change of structure', () => {
  useFreshDatabase()

  it.each(['CREATE TABLE other (id int)', 'CREATE TABLE notes (id int)'])(
    'leaves what follows it in a transaction: %s',
    async (text) => {
      const driver = await openNotes()
      await elsewhere('DROP TABLE IF EXISTS other')
      const failing = driver.transaction(async (connection) => {
        await Promise.resolve(connection.run(sql(text), [])).catch(() => undefined)
        await insert('a')(connection)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await idsIn(driver)).toEqual([])
    },
  )
})

describe.skipIf(!(await hasMariadb()))('closing', () => {
  useFreshDatabase()

  it('waits for what runs, and refuses the rest', async () => {
    const driver = await openNotes()
    const writes = Array.from({ length: 30 }, (_, n) =>
      driver.transaction(insert(`a${n}`), PATIENT),
    )
    await turn(5)
    const closing = driver.close()
    await expect(driver.transaction(insert('late'))).rejects.toMatchObject({ code: 'closed' })
    await expect(driver.ping()).rejects.toMatchObject({ code: 'closed', status: 503 })
    await closing
    await Promise.all(writes)
    expect(await idsIn(await openDriver())).toHaveLength(30)
  })

  it('is done once, however often it is asked for', async () => {
    const driver = await openNotes()
    await Promise.all([driver.close(), driver.close()])
    await driver.close()
  })
})

describe.skipIf(!(await hasMariadb()))('a function that does not wait', () => {
  useFreshDatabase()

  it('has the time of the options unless it says otherwise', async () => {
    const driver = await openNotes({ timeout: 40 })
    await expect(driver.transaction(() => never)).rejects.toThrow('more than 40 ms')
    await expect(driver.transaction(() => never, { timeout: 20 })).rejects.toThrow('20 ms')
  })

  it('is repeated on another connection when its own was found dead', async () => {
    const driver = await openNotes({ max: 1 })
    const { rows } = await driver.read(sql('SELECT CONNECTION_ID()'), [])
    await elsewhere(`KILL ${rows[0]?.[0]}`)
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })
})
