import type { SqlConnection, SqlDriver } from 'plinth/data/sqlite'
import { createSignals, systemClock } from 'plinth/kernel'
import { describe, expect, it, onTestFinished } from 'vitest'
// Faults of a disk cannot be had on demand: they are put between the driver and its engine.
import type { Engine } from '../../../../src/data/drivers/sqlite/engine.ts'
import { loadEngine } from '../../../../src/data/drivers/sqlite/load-engine.ts'
import { openDriver as openOnEngine } from '../../../../src/data/drivers/sqlite/open.ts'
import { resolveOptions } from '../../../../src/data/drivers/sqlite/options.ts'
import { CREATE, deferred, IDS, INSERT, idsIn, openNotes, sql, temporaryFile } from './support.ts'

interface Disk {
  /** The engine's code of the error that the next matching statement fails with. */
  fault?: {
    readonly matches: (sql: string) => boolean
    readonly code: string
    readonly ends: boolean
  }
}

/** A driver whose statements fail as `disk` says; `ends` lets SQLite end the transaction as well. */
async function openFaulty(disk: Disk): Promise<SqlDriver> {
  const openEngine = await loadEngine('better-sqlite3')
  const { default: Database } = await import('better-sqlite3')
  const faulty = (file: string): Engine => {
    const engine = openEngine(file)
    const guard = <T>(text: string, action: () => T): T => {
      const { fault } = disk
      if (!fault?.matches(text)) return action()
      if (fault.ends && engine.inTransaction) engine.exec('ROLLBACK')
      throw new Database.SqliteError('the disk is on fire', fault.code)
    }
    return {
      prepare(text, options) {
        const prepared = engine.prepare(text, options)
        return {
          columns: prepared.columns,
          all: (params) => guard(text, () => prepared.all(params)),
          get: (params) => guard(text, () => prepared.get(params)),
          run: (params) => guard(text, () => prepared.run(params)),
        }
      },
      exec: (text) => guard(text, () => engine.exec(text)),
      get inTransaction() {
        return engine.inTransaction
      },
      resultCode: engine.resultCode,
      close: engine.close,
    }
  }
  const driver = await openOnEngine({
    file: temporaryFile(),
    openEngine: faulty,
    settings: resolveOptions('test', {}),
    signals: createSignals(),
    clock: systemClock,
  })
  onTestFinished(async () => {
    delete disk.fault
    await driver.close()
  })
  await driver.transaction((connection) => connection.run(sql(CREATE), []))
  return driver
}

const insert = (id: string) => (connection: SqlConnection) => connection.run(sql(INSERT), [id, 1])

/** Three transactions of one commit, the second nested; each statement of it may fail. */
function writeThree(driver: SqlDriver): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled([
    driver.transaction(insert('a')),
    driver.transaction(async (connection) => {
      await connection.run(sql(INSERT), ['b1', 1])
      await connection.savepoint(async (inner) => inner.run(sql(INSERT), ['b2', 1]))
    }),
    driver.transaction(insert('c')),
  ])
}

/** The rows that the callers were told are stored. */
function acknowledged(results: readonly PromiseSettledResult<unknown>[]): string[] {
  const rows = [['a'], ['b1', 'b2'], ['c']]
  return rows.filter((_, index) => results[index]?.status === 'fulfilled').flat()
}

describe('a fault at the n-th statement', () => {
  // BEGIN, then three times SAVEPOINT, INSERT, RELEASE with a nested one inside, then COMMIT.
  const positions = Array.from({ length: 14 }, (_, index) => index + 1)
  const cases = positions.flatMap((at) => [
    { at, ends: false },
    { at, ends: true },
  ])

  it.each(cases)(
    '$at loses nothing acknowledged (transaction ended: $ends)',
    async ({ at, ends }) => {
      const disk: Disk = {}
      const driver = await openFaulty(disk)
      let count = 0
      disk.fault = {
        matches(text) {
          if (/^select|^rollback$/i.test(text)) return false
          count += 1
          return count === at
        },
        code: 'SQLITE_IOERR_WRITE',
        ends,
      }
      const results = await writeThree(driver)
      const lost = results.filter(({ status }) => status === 'rejected')
      expect(lost.length > 0).toBe(count >= at)
      for (const result of lost) {
        expect(result).toMatchObject({ reason: { code: 'storage_failed', status: 503 } })
      }
      expect(await idsIn(driver)).toEqual(acknowledged(results))
      delete disk.fault
      await driver.transaction(insert('z'))
      expect(await idsIn(driver)).toEqual([...acknowledged(results), 'z'])
    },
  )
})

describe('a commit that fails', () => {
  it('rejects every member with the cause and runs no hook', async () => {
    const disk: Disk = {}
    const driver = await openFaulty(disk)
    disk.fault = { matches: (text) => text === 'COMMIT', code: 'SQLITE_IOERR_FSYNC', ends: false }
    const seen: string[] = []
    const results = await Promise.allSettled([
      driver.transaction(async (connection) => {
        connection.afterCommit(() => void seen.push('hook'))
        await connection.run(sql(INSERT), ['a', 1])
      }),
      driver.transaction(insert('b')),
      driver.transaction(() => {
        throw new Error('its own reason, drawn from rows that were never stored')
      }),
    ])
    for (const result of results) {
      expect(result).toMatchObject({
        reason: { code: 'storage_failed', status: 503, cause: { code: 'storage_failed' } },
      })
    }
    delete disk.fault
    expect(seen).toEqual([])
    expect(await idsIn(driver)).toEqual([])
  })

  it('leaves those who wait for the next commit alone', async () => {
    const disk: Disk = {}
    const driver = await openFaulty(disk)
    disk.fault = { matches: (text) => text === 'COMMIT', code: 'SQLITE_FULL', ends: true }
    const gate = deferred()
    const first = driver.transaction(() => gate.promise)
    setTimeout(gate.resolve, 50)
    await expect(first).rejects.toMatchObject({ code: 'storage_failed' })
    delete disk.fault
    await driver.transaction(insert('b'))
    expect(await idsIn(driver)).toEqual(['b'])
  })
})

describe('a transaction that SQLite ended by itself', () => {
  it('stops its function at the next statement', async () => {
    const disk: Disk = {}
    const driver = await openFaulty(disk)
    const errors: unknown[] = []
    disk.fault = { matches: (text) => text === INSERT, code: 'SQLITE_FULL', ends: true }
    const outcome = driver.transaction(async (connection) => {
      for (const text of [INSERT, IDS]) {
        try {
          connection.run(sql(text), text === INSERT ? ['a', 1] : [])
        } catch (error) {
          errors.push(error)
        }
        delete disk.fault
      }
      return 'as if nothing had happened'
    })
    await expect(outcome).rejects.toMatchObject({ code: 'storage_failed' })
    expect(errors).toMatchObject([{ code: 'storage_failed' }, { code: 'storage_failed' }])
    await driver.transaction(insert('b'))
    expect(await idsIn(driver)).toEqual(['b'])
  })
})

describe('a transaction that waits when its group is lost', () => {
  it('is part of the next group', async () => {
    const disk: Disk = {}
    const driver = await openFaulty(disk)
    disk.fault = { matches: (text) => text === INSERT, code: 'SQLITE_FULL', ends: true }
    const lost = driver.transaction((connection) => {
      try {
        connection.run(sql(INSERT), ['a', 1])
      } finally {
        delete disk.fault
      }
    })
    const next = driver.transaction(insert('b'))
    await expect(lost).rejects.toMatchObject({ code: 'storage_failed' })
    await next
    expect(await idsIn(driver)).toEqual(['b'])
  })
})

describe('a BEGIN that fails for good', () => {
  it('rejects those who wait instead of trying for ever', async () => {
    const disk: Disk = {}
    const driver = await openFaulty(disk)
    disk.fault = { matches: (text) => text.startsWith('BEGIN'), code: 'SQLITE_IOERR', ends: false }
    const results = await Promise.allSettled([
      driver.transaction(insert('a')),
      driver.transaction(insert('b')),
    ])
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'storage_failed' } })
    }
    delete disk.fault
    await driver.transaction(insert('c'))
    expect(await idsIn(driver)).toEqual(['c'])
  })
})

describe.each(['better-sqlite3', 'node'] as const)('a full disk on %s', (engine) => {
  it('fails what does not fit and keeps what was acknowledged', async () => {
    const driver = await openNotes({ engine })
    await driver.transaction((connection) => {
      connection.run(sql('CREATE TABLE blobs (id TEXT PRIMARY KEY NOT NULL, b BLOB) STRICT'), [])
    })
    const pages = await driver.transaction((connection) =>
      connection.run(sql('PRAGMA page_count'), []),
    )
    const limit = Number(pages.rows[0]?.[0]) + 20
    await driver.transaction((c) => c.run(sql(`PRAGMA max_page_count = ${limit}`), []))
    const insertBlob = sql('INSERT INTO blobs (id, b) VALUES (?, ?)')
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) =>
        driver.transaction((connection) =>
          connection.run(insertBlob, [`b${n}`, new Uint8Array(5000)]),
        ),
      ),
    )
    const failed = results.filter((result) => result.status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'storage_failed' })
    const stored = await driver.read(sql('SELECT id FROM blobs'), [])
    const kept = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [`b${n}`] : []))
    expect(stored.rows.map(([id]) => id).sort()).toEqual(kept.sort())
    await driver.transaction((c) => c.run(sql('PRAGMA max_page_count = 100000'), []))
    await driver.transaction((c) => c.run(insertBlob, ['after', new Uint8Array(5000)]))
  })
})
