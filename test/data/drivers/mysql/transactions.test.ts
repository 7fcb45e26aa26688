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

describe.skipIf(!(await hasMariadb()))('a transaction', () => {
  useFreshDatabase()

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

  it('refuses an isolation level that there is not', async () => {
    const driver = await openNotes()
    const asked = driver.transaction(insert('a'), { isolation: 'snapshot' as never })
    await expect(asked).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('read committed, repeatable read, serializable'),
    })
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

describe.skipIf(!(await hasMariadb()))('a transaction that takes too long', () => {
  useFreshDatabase()

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

describe.skipIf(!(await hasMariadb()))('a function that does not wait', () => {
  useFreshDatabase()

  it('is repeated on another connection when its own was found dead', async () => {
    const driver = await openNotes({ max: 1 })
    const { rows } = await driver.read(sql('SELECT CONNECTION_ID()'), [])
    await elsewhere(`KILL ${rows[0]?.[0]}`)
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })
})
