import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SqlConnection, SqlDriver } from '../../../../src/data/drivers/sql/driver.ts'
import { hasMariadb } from '../../servers.ts'
import { openProxy } from '../postgres/proxy.ts'
import { hasOwnMariadb, startOwnMariadb } from './own-server.ts'
import {
  deferred,
  elsewhere,
  freshUrl,
  INSERT,
  idsIn,
  openDriver,
  openNotes,
  PATIENT,
  sql,
  useFreshDatabase,
} from './support.ts'

const insert = (id: string) => async (connection: SqlConnection) => {
  await connection.run(sql(INSERT), [id, 1])
}

/** Both rows of a pair, or none. */
const insertPair = (name: string) => async (connection: SqlConnection) => {
  await insert(`${name}-1`)(connection)
  await insert(`${name}-2`)(connection)
}

interface Load {
  readonly acknowledged: ReadonlySet<string>
  readonly errors: readonly unknown[]
  stop(): Promise<void>
}

/** Writers that go on through all errors until they are stopped. */
function writePairs(driver: SqlDriver, writers: number): Load {
  const acknowledged = new Set<string>()
  const errors: unknown[] = []
  let stopped = false
  const write = async (writer: number) => {
    for (let count = 0; !stopped; count += 1) {
      const name = `${writer}-${count}`
      try {
        await driver.transaction(insertPair(name), { timeout: 5000 })
        acknowledged.add(name)
      } catch (error) {
        errors.push(error)
        await sleep(5)
      }
    }
  }
  const running = Array.from({ length: writers }, (_, writer) => write(writer))
  return {
    acknowledged,
    errors,
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}

async function expectWhole(driver: SqlDriver, { acknowledged, errors }: Load): Promise<void> {
  const names = (await idsIn(driver)).map((id) => String(id).replace(/-[12]$/, ''))
  const pairs = Map.groupBy(names, (name) => name)
  expect([...pairs.values()].filter((rows) => rows.length !== 2)).toEqual([])
  expect([...acknowledged].filter((name) => !pairs.has(name))).toEqual([])
  for (const error of errors) {
    expect(error).toMatchObject({
      name: 'PlinthError',
      code: expect.stringMatching(/^(storage_failed|busy|transaction_timeout)$/),
      status: 503,
    })
  }
}

describe.skipIf(!hasOwnMariadb())('a server that is killed and started again', () => {
  it('loses nothing acknowledged, and is found again at once', async () => {
    const server = await startOwnMariadb()
    const driver = await openNotes({ url: server.url })
    const load = writePairs(driver, 8)
    for (let round = 0; round < 2; round += 1) {
      await sleep(300)
      await server.kill()
      await sleep(100)
      await server.start()
      await driver.transaction(insertPair(`after-${round}`), { timeout: 30_000 })
    }
    await sleep(200)
    await load.stop()
    expect(load.errors.length).toBeGreaterThan(0)
    await expectWhole(driver, load)
  })

  it('shows no dead connection to whoever had not begun', async () => {
    const server = await startOwnMariadb()
    const driver = await openNotes({ url: server.url, max: 4 })
    await Promise.all(Array.from({ length: 4 }, (_, n) => driver.transaction(insert(`a${n}`))))
    await server.kill()
    await expect(driver.ping()).rejects.toMatchObject({ code: 'storage_failed', status: 503 })
    await server.start()
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => driver.transaction(insert(`b${n}`), PATIENT)),
    )
    expect(await idsIn(driver)).toHaveLength(12)
  })
})

describe.skipIf(!(await hasMariadb()))('a network that breaks', () => {
  useFreshDatabase()

  it('under load leaves no half of a transaction', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    const load = writePairs(driver, 8)
    for (let round = 0; round < 10; round += 1) {
      await sleep(60)
      proxy.cut()
    }
    await load.stop()
    expect(load.errors.length).toBeGreaterThan(0)
    await expectWhole(driver, load)
  })

  it('during the commit leaves it unknown, and stored when the server heard of it', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    // What sets a connection up names READ COMMITTED.
    await driver.ping()
    proxy.cutAfter('COMMIT')
    let hooks = 0
    let runs = 0
    const committing = driver.transaction(async (connection) => {
      runs += 1
      connection.afterCommit(() => {
        hooks += 1
      })
      await insertPair('a')(connection)
    })
    await expect(committing).rejects.toMatchObject({
      code: 'storage_failed',
      status: 503,
      details: { committed: 'unknown' },
    })
    expect([runs, hooks]).toEqual([1, 0])
    await expect.poll(() => idsIn(driver)).toEqual(['a-1', 'a-2'])
  })

  it('before the commit rolls back, and says so', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    const cut = driver.transaction(async (connection) => {
      await insert('a')(connection)
      proxy.cut()
      await insert('b')(connection)
    })
    const error = await cut.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'storage_failed' })
    expect(error).not.toHaveProperty('details')
    expect(await idsIn(driver)).toEqual([])
  })

  it('in silence ends with the transaction’s time', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url, max: 2, wait: 20_000 })
    const silent = driver.transaction(
      async (connection) => {
        await insert('a')(connection)
        proxy.freeze()
        await insert('b')(connection)
      },
      { timeout: 300 },
    )
    await expect(silent).rejects.toMatchObject({ code: 'transaction_timeout' })
    await driver.transaction(insert('c'), PATIENT)
    expect(await idsIn(driver)).toEqual(['c'])
  })

  it('in silence during the commit leaves it unknown', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    const silent = driver.transaction(
      async (connection) => {
        await insert('a')(connection)
        proxy.freeze()
      },
      { timeout: 400 },
    )
    await expect(silent).rejects.toMatchObject({ details: { committed: 'unknown' } })
    await driver.transaction(insert('b'), PATIENT)
  })

  it('in silence does not keep the database from closing', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    proxy.freeze()
    await driver.close()
  })

  it('while it is idle is not noticed', async () => {
    const proxy = await openProxy(freshUrl())
    const driver = await openNotes({ url: proxy.url })
    for (let round = 0; round < 5; round += 1) {
      await driver.transaction(insert(`a${round}`))
      proxy.cut()
      await driver.read(sql('SELECT 1'), [])
      proxy.cut()
    }
    expect(await idsIn(driver)).toHaveLength(5)
  })
})

describe.skipIf(!(await hasMariadb()))('a connection that the server kills', () => {
  useFreshDatabase()

  it('in the middle of a transaction undoes it', async () => {
    const driver = await openNotes()
    const work = driver.transaction(async (connection) => {
      await insert('a')(connection)
      const { rows } = await connection.run(sql('SELECT CONNECTION_ID()'), [])
      await elsewhere(`KILL ${rows[0]?.[0]}`)
      await sleep(50)
      await insert('b')(connection)
    })
    await expect(work).rejects.toMatchObject({ code: 'storage_failed', status: 503 })
    expect(await idsIn(driver)).toEqual([])
  })

  it('during a statement that only reads is replaced once', async () => {
    const driver = await openDriver()
    const slow = sql('SELECT SLEEP(0.5), CONNECTION_ID()')
    const reading = driver.read(slow, [])
    const running =
      "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(0.5)%' AND db = DATABASE()"
    let ids: unknown[][] = []
    while (ids.length === 0) ids = await elsewhere(running)
    await elsewhere(`KILL ${ids[0]?.[0]}`)
    const { rows } = await reading
    expect(rows[0]?.[1]).not.toBe(ids[0]?.[0])
  })

  it('is one of those that the pool counts', async () => {
    const driver = await openNotes({ max: 2 })
    const gate = deferred()
    const holder = driver.transaction(async (connection) => {
      const { rows } = await connection.run(sql('SELECT CONNECTION_ID()'), [])
      await elsewhere(`KILL ${rows[0]?.[0]}`)
      await gate.promise
    }, PATIENT)
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => driver.transaction(insert(`a${n}`), PATIENT)),
    )
    gate.resolve()
    await expect(holder).rejects.toMatchObject({ code: 'storage_failed' })
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => driver.transaction(insert(`b${n}`), PATIENT)),
    )
    expect(await idsIn(driver)).toHaveLength(10)
  })
})

describe.skipIf(!(await hasMariadb()))('a server that ends what takes too long', () => {
  useFreshDatabase()

  it('is told to by the options, and the statement says so', async () => {
    const driver = await openDriver({ statementTimeout: 200 })
    // MySQL counts SLEEP that was cut short as a result.
    const endless =
      'SELECT COUNT(*) FROM information_schema.collations a, information_schema.collations b, information_schema.collations c, information_schema.collations d'
    await expect(driver.read(sql(endless), [])).rejects.toMatchObject({
      code: 'transaction_timeout',
      status: 503,
    })
    const patient = driver.transaction(
      (connection) => connection.run(sql('SELECT SLEEP(0.4)'), []),
      { timeout: 20_000 },
    )
    expect((await patient).rows).toEqual([[0]])
  })
})
