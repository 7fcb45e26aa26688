import { describe, expect, it } from 'vitest'
import type { SqlConnection } from '../../../../src/data/drivers/sql/driver.ts'
import { freshPostgres, hasPostgres, onPostgres } from '../../servers.ts'
import { openProxy } from './proxy.ts'
import {
  deferred,
  INSERT,
  idsIn,
  insert,
  openNotes,
  openPostgres,
  PATIENT,
  sql,
  until,
} from './support.ts'

const PROCESS = 'SELECT pg_backend_pid()'
const ONE = 'SELECT 1'

describe.skipIf(!(await hasPostgres()))('the pool', () => {
  it('opens no more connections than it may', async () => {
    const driver = await openPostgres({ max: 3 })
    const processes = await Promise.all(
      Array.from({ length: 50 }, async () => (await driver.read(sql(PROCESS), [])).rows[0]?.[0]),
    )
    expect(new Set(processes).size).toBeLessThanOrEqual(3)
  })

  it('tells whoever waited too long that it is busy', async () => {
    const driver = await openNotes({ max: 1, wait: 40 })
    const gate = deferred()
    const holder = driver.transaction(() => gate.promise, PATIENT)
    const busy = { code: 'busy', status: 503, headers: { 'Retry-After': '1' } }
    await expect(driver.read(sql(ONE), [])).rejects.toMatchObject(busy)
    let began = false
    const work = () => {
      began = true
    }
    await expect(driver.transaction(work)).rejects.toMatchObject(busy)
    await expect(driver.transaction(work, { timeout: 20 })).rejects.toThrow('Waited 20 ms')
    gate.resolve()
    await holder
    await driver.transaction(insert('a'))
    expect(began).toBe(false)
  })

  it('serves in the order of the calls', async () => {
    const driver = await openPostgres({ max: 1 })
    const order: number[] = []
    await Promise.all(
      [1, 2, 3, 4, 5].map((n) => driver.transaction(async () => void order.push(n))),
    )
    expect(order).toEqual([1, 2, 3, 4, 5])
  })

  it('closes connections that nobody uses', async () => {
    const url = await freshPostgres()
    const driver = await openPostgres({ url, idle: 1, applicationName: 'plinth-idle-test' })
    const connections = async () =>
      Number(
        (
          await onPostgres(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'plinth-idle-test'",
          )
        )[0]?.[0],
      )
    expect(await connections()).toBe(1)
    await until(async () => (await connections()) === 0)
    expect((await driver.read(sql(ONE), [])).rows).toEqual([[1]])
  })

  it('forgets who waited and was aborted', async () => {
    const driver = await openNotes({ max: 1 })
    const gate = deferred()
    const holder = driver.transaction(() => gate.promise)
    const controller = new AbortController()
    const { signal } = controller
    const waiting = [
      driver.read(sql(ONE), [], { signal }),
      driver.transaction(insert('a'), { signal }),
    ]
    controller.abort()
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'aborted' })
    gate.resolve()
    await holder
    expect(await idsIn(driver)).toEqual([])
  })

  it('closes when everybody is done, and refuses the rest', async () => {
    const driver = await openNotes({ max: 2 })
    const writes = Array.from({ length: 20 }, (_, n) => driver.transaction(insert(`a${n}`)))
    const closing = driver.close()
    const closed = { code: 'closed', status: 503 }
    await expect(driver.transaction(insert('late'))).rejects.toMatchObject(closed)
    expect(() => driver.read(sql(ONE), [])).toThrow('has been closed')
    await expect(driver.ping()).rejects.toMatchObject(closed)
    await Promise.all([closing, driver.close()])
    await Promise.all(writes)
  })
})

describe.skipIf(!(await hasPostgres()))('a connection that is lost', () => {
  it('while nobody used it is noticed by nobody', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    await Promise.all([1, 2, 3].map(() => driver.ping()))
    proxy.cut()
    await driver.transaction(insert('a'))
    proxy.cut()
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('by its process on the server is noticed by nobody', async () => {
    const driver = await openNotes({ max: 1 })
    const { rows } = await driver.read(sql(PROCESS), [])
    await onPostgres(`SELECT pg_terminate_backend(${rows[0]?.[0]}, 5000)`)
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('under a read is replaced once', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    const slow = driver.read(sql('SELECT 1 FROM pg_sleep(0.2)'), [])
    await new Promise((resolve) => setTimeout(resolve, 50))
    proxy.cut()
    expect((await slow).rows).toEqual([[1]])
  })

  it('under a transaction ends it with nothing stored', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    let runs = 0
    const outcome = driver.transaction(async (connection) => {
      runs += 1
      await connection.run(sql(INSERT), ['a', 1])
      proxy.cut()
      await (async () => connection.run(sql(INSERT), ['b', 1]))().catch(() => undefined)
    })
    const lost = { code: 'storage_failed', status: 503 }
    await expect(outcome).rejects.toMatchObject(lost)
    await expect(outcome).rejects.not.toHaveProperty('details')
    expect(runs).toBe(1)
    expect(await idsIn(driver)).toEqual([])
  })

  it('when the server ends it in a transaction is told', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['a', 1])
      const { rows } = await connection.run(sql(PROCESS), [])
      await onPostgres(`SELECT pg_terminate_backend(${rows[0]?.[0]}, 5000)`)
      await connection.run(sql(INSERT), ['b', 1])
    })
    await expect(outcome).rejects.toMatchObject({ code: 'storage_failed' })
    expect(await idsIn(driver)).toEqual([])
  })

  it('during the commit leaves it unknown, without hooks or another run', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    let runs = 0
    const seen: string[] = []
    // As the protocol has it: the statement's text between two zeros.
    proxy.cutAfter('\0COMMIT\0')
    const outcome = driver.transaction(async (connection) => {
      runs += 1
      connection.afterCommit(() => void seen.push('ran'))
      await connection.run(sql(INSERT), ['a', 1])
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'storage_failed',
      status: 503,
      details: { committed: 'unknown' },
    })
    expect([runs, seen]).toEqual([1, []])
    // This time it was stored.
    await until(async () => (await idsIn(driver)).length === 1)
  })

  it('in silence does not hold a transaction beyond its time', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url, max: 1 })
    const outcome = driver.transaction(
      async (connection) => {
        await connection.run(sql(INSERT), ['a', 1])
        proxy.freeze()
        await connection.run(sql(INSERT), ['b', 1])
      },
      { timeout: 300 },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'transaction_timeout' })
    // The one connection of the pool is given up and replaced.
    expect(await idsIn(driver)).toEqual([])
  })

  it('in silence during the commit leaves it unknown', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    const work = async (connection: SqlConnection) => {
      await connection.run(sql(INSERT), ['a', 1])
      proxy.freeze()
    }
    await expect(driver.transaction(work, { timeout: 300 })).rejects.toMatchObject({
      details: { committed: 'unknown' },
    })
  })

  it('during load loses nothing that was acknowledged', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url })
    const acknowledged: string[] = []
    const unknown: string[] = []
    let going = true
    const write = async (writer: number) => {
      for (let n = 0; going; n += 1) {
        const id = `w${writer}-${n}`
        try {
          await driver.transaction(async (connection) => {
            await connection.run(sql(INSERT), [id, 1])
            await connection.run(sql(INSERT), [`${id}-twin`, 1])
          })
          acknowledged.push(id)
        } catch (error) {
          expect(error).toMatchObject({ code: 'storage_failed' })
          if ((error as { details?: object }).details) unknown.push(id)
        }
      }
    }
    const writers = Array.from({ length: 8 }, (_, writer) => write(writer))
    for (let cuts = 0; cuts < 10; cuts += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      proxy.cut()
    }
    going = false
    await Promise.all(writers)
    const stored = new Set(await idsIn(driver))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    for (const id of stored) {
      const whole = String(id).replace(/-twin$/, '')
      expect(stored.has(whole) && stored.has(`${whole}-twin`)).toBe(true)
      expect(acknowledged.includes(whole) || unknown.includes(whole)).toBe(true)
    }
    expect(acknowledged.length).toBeGreaterThan(0)
  })
})

describe.skipIf(!(await hasPostgres()))('prepared statements', () => {
  it('are made anew when the session has lost them', async () => {
    const driver = await openNotes({ max: 1 })
    await driver.transaction(insert('a'))
    await idsIn(driver)
    await driver.read(sql('DEALLOCATE ALL'), [])
    expect(await idsIn(driver)).toEqual(['a'])
    await driver.read(sql('DISCARD PLANS'), [])
    await driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['b', 1])
      await connection.raw?.run('DEALLOCATE ALL', [])
      await connection.run(sql(INSERT), ['c', 1])
    })
    expect(await idsIn(driver)).toEqual(['a', 'b', 'c'])
  })

  it('follow a change of the table, also within a transaction', async () => {
    const url = await freshPostgres()
    const driver = await openNotes({ url, max: 1 })
    const all = sql('SELECT * FROM notes')
    await driver.transaction(insert('a'))
    expect((await driver.read(all, [])).rows).toEqual([['a', 1]])
    await onPostgres("ALTER TABLE notes ADD extra text DEFAULT 'x'", url)
    expect((await driver.read(all, [])).rows).toEqual([['a', 1, 'x']])
    await driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['b', 1])
      await connection.run(sql('ALTER TABLE notes DROP extra'), [])
      expect((await connection.run(all, [])).rows).toEqual([
        ['a', 1],
        ['b', 1],
      ])
    })
  })

  it('are no more than the server should hold', async () => {
    const driver = await openPostgres({ max: 1 })
    for (let n = 0; n < 400; n += 1) await driver.read(sql(`SELECT ${n}`), [])
    const { rows } = await driver.read(sql('SELECT count(*) FROM pg_prepared_statements'), [])
    expect(Number(rows[0]?.[0])).toBeLessThanOrEqual(260)
    expect(Number(rows[0]?.[0])).toBeGreaterThan(200)
  })
})

describe.skipIf(!(await hasPostgres()))('round trips', () => {
  it('are two for a transaction of one statement, and one for a read', async () => {
    const proxy = await openProxy(await freshPostgres())
    const driver = await openNotes({ url: proxy.url, max: 1 })
    const count = async (work: () => unknown) => {
      const before = proxy.sent
      await work()
      return proxy.sent - before
    }
    expect(await count(() => driver.transaction(insert('a')))).toBe(2)
    expect(await count(() => idsIn(driver))).toBe(1)
    expect(await count(() => driver.transaction(async () => undefined))).toBe(0)
    const nested = (connection: SqlConnection) =>
      connection.savepoint(async (inner) => {
        await inner.run(sql(INSERT), ['b', 1])
        await inner.run(sql(INSERT), ['c', 1])
      })
    expect(await count(() => driver.transaction(nested))).toBe(3)
  })
})
