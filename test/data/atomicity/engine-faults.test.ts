import Database from 'better-sqlite3'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
// Faults of a disk cannot be had on demand: they are put between the driver and its engine.
import type { Engine } from '../../../src/data/drivers/sqlite/engine.ts'
import { loadEngine } from '../../../src/data/drivers/sqlite/load-engine.ts'
import { openDriver } from '../../../src/data/drivers/sqlite/open.ts'
import { resolveOptions } from '../../../src/data/drivers/sqlite/options.ts'
import { temporaryFile } from '../drivers/sqlite/support.ts'
import { type Operation, tables, transactions, writes } from './operations.ts'
import { NEVER, openRunner, type Runner, type Trouble } from './runner.ts'

/** Lets the n-th statement fail, brackets of transactions included. */
class Disk implements Trouble {
  readonly #ends: boolean
  #at = NEVER
  #count = 0

  /** `ends`: SQLite ends the whole transaction as well, as it does when the disk is full. */
  constructor(ends: boolean) {
    this.#ends = ends
  }

  plan(at: number): void {
    this.#at = at
    this.#count = 0
  }

  clear(): boolean {
    const fired = this.#at !== NEVER && this.#count >= this.#at
    this.#at = NEVER
    return fired
  }

  guard<T>(engine: Engine, action: () => T): T {
    this.#count += 1
    if (this.#count !== this.#at) return action()
    if (this.#ends && engine.inTransaction) engine.exec('ROLLBACK')
    throw new Database.SqliteError('the disk is on fire', 'SQLITE_IOERR_WRITE')
  }
}

async function openOn(disk: Disk): Promise<Runner> {
  const openEngine = await loadEngine('better-sqlite3')
  const faulty = (file: string): Engine => {
    const engine = openEngine(file)
    return {
      ...engine,
      prepare(text, options) {
        const prepared = engine.prepare(text, options)
        return {
          columns: prepared.columns,
          all: (params) => disk.guard(engine, () => prepared.all(params)),
          get: (params) => disk.guard(engine, () => prepared.get(params)),
          run: (params) => disk.guard(engine, () => prepared.run(params)),
        }
      },
      get inTransaction() {
        return engine.inTransaction
      },
    }
  }
  const file = temporaryFile()
  const source = {
    ...sqlite(file, tables),
    openDriver: (options: Parameters<ReturnType<typeof sqlite>['openDriver']>[0]) =>
      openDriver({
        file,
        openEngine: faulty,
        settings: resolveOptions('test', { synchronous: 'normal' }),
        ...options,
      }),
  }
  return openRunner(source, disk)
}

const operations = [...writes, ...transactions]

describe.each([false, true])('a fault of the disk that ends the transaction: %s', (ends) => {
  it.each(operations)('leaves all or nothing of $name', async (operation: Operation) => {
    const { run, before } = await openOn(new Disk(ends))
    const whole = await run(operation.run, NEVER)
    let failed = 0
    for (let at = 1; ; at += 1) {
      const { error, hooks, state, fired } = await run(operation.run, at)
      if (!fired) break
      if (error) {
        failed += 1
        expect(error, `statement ${at}`).toMatchObject({ code: 'storage_failed', status: 503 })
      }
      expect(state, `statement ${at}`).toEqual(error ? before : whole.state)
      expect(hooks).toEqual(error ? [] : (operation.hooks ?? []))
    }
    // BEGIN, SAVEPOINT, a statement, RELEASE, COMMIT.
    expect(failed).toBeGreaterThanOrEqual(5)
  })
})
