import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ColumnKind, StoredValue } from 'plinth/data'
import {
  type EngineName,
  type SqlConnection,
  type SqlDriver,
  type SqliteOptions,
  type Statement,
  sqlite,
} from 'plinth/data/sqlite'
import { createSignals, type PlinthError, systemClock } from 'plinth/kernel'
import type { Case, Suite } from './main.ts'

const CREATE =
  'CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, n INTEGER, r REAL, b BLOB, up TEXT REFERENCES t (id)) STRICT'
const INSERT = 'INSERT INTO t (id, n, r, b, up) VALUES (?, ?, ?, ?, ?)'
const IDS = 'SELECT id FROM t ORDER BY id'

/** The engines that this runtime should have. */
const engines: readonly EngineName[] =
  'Bun' in globalThis ? ['bun'] : 'Deno' in globalThis ? ['node'] : ['better-sqlite3', 'node']

export const suite: Suite = {
  name: 'sqlite',
  needs: ['database'],
  cases: [
    onTable('keeps values of every kind', async ({ driver }) => {
      const big = 2n ** 63n - 1n
      const bytes = new Uint8Array([0, 255, 7])
      await driver.transaction((connection) => {
        connection.run(sql(INSERT), ['aé👍', big, 0.1, bytes, null])
        connection.run(sql(INSERT), ['b', 2 ** 53 - 1, -1e300, new Uint8Array(), null])
      })
      const { rows } = await driver.read(
        {
          ...sql('SELECT * FROM t ORDER BY id'),
          kinds: ['text', 'bigint', 'real', 'bytes', 'text'],
        },
        [],
      )
      const plain = rows.map((row) => row.map((v) => (v instanceof Uint8Array ? [...v] : v)))
      assert.deepEqual(plain, [
        ['aé👍', big, 0.1, [0, 255, 7], null],
        ['b', 2 ** 53 - 1, -1e300, [], null],
      ])
    }),

    onTable('finds members of lists exactly', async ({ driver }) => {
      const exact = 9_007_199_254_740_993n
      await insert(driver, 'a', { n: exact, b: new Uint8Array([1, 0]) })
      await insert(driver, 'b', { n: exact - 1n, b: new Uint8Array() })
      const { dialect } = driver
      const find = async (column: string, kind: ColumnKind, values: StoredValue[]) => {
        const query = sql(`SELECT id FROM t WHERE ${dialect.memberOf(column, '?', kind)}`)
        return (await driver.read(query, [dialect.list(values, kind)])).rows.length
      }
      assert.equal(await find('n', 'bigint', [exact, 5]), 1)
      assert.equal(await find('b', 'bytes', [new Uint8Array([1, 0])]), 1)
      assert.equal(await find('id', 'text', ['a', 'b', "'"]), 2)
    }),

    onTable('translates the errors of statements', async ({ driver }) => {
      await insert(driver, 'a')
      await assert.rejects(insert(driver, 'a'), { code: 'conflict', details: { columns: ['id'] } })
      await assert.rejects(insert(driver, 'b', { up: 'x' }), { code: 'invalid_reference' })
      await assert.rejects(insert(driver, 'b', { n: 'x' }), { code: 'invalid_values' })
      await assert.rejects(insert(driver, null), { code: 'invalid_values' })
      await assert.rejects(async () => driver.read(sql('SELECT * FROM ghosts'), []), {
        code: 'misuse',
      })
      assert.deepEqual(await ids(driver), ['a'])
    }),

    onTable('rolls back alone the one that fails', async ({ driver }) => {
      const results = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) =>
          driver.transaction(async (connection) => {
            await connection.run(sql(INSERT), [`a${index}`, 1, null, null, null])
            if (index % 3 === 0) await turn()
            if (index % 4 === 0) throw new Error('no')
          }),
        ),
      )
      const kept = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
      assert.deepEqual(
        kept,
        [...Array(60).keys()].filter((index) => index % 4 !== 0),
      )
      assert.deepEqual(await ids(driver), kept.map((index) => `a${index}`).sort())
    }),

    onTable('nests by savepoint and drops the hooks of what fell', async ({ driver }) => {
      const hooks: string[] = []
      await driver.transaction(async (outer) => {
        await outer.run(sql(INSERT), ['a', 1, null, null, null])
        const inner = outer.savepoint(async (nested) => {
          nested.afterCommit(() => void hooks.push('dropped'))
          await nested.run(sql(INSERT), ['b', 1, null, null, null])
          assert.throws(() => outer.run(sql(IDS), []), { code: 'misuse' })
          throw new Error('no')
        })
        await assert.rejects(inner, { message: 'no' })
        outer.afterCommit(() => void hooks.push('kept'))
      })
      assert.deepEqual([await ids(driver), hooks], [['a'], ['kept']])
    }),

    onTable('runs work and hooks in the context of the caller', async ({ driver }) => {
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
      assert.deepEqual(seen.sort(), ['hook of a', 'hook of b', 'work of a', 'work of b'])
    }),

    onTable('refuses the outer handle inside a transaction', async ({ driver }) => {
      await driver.transaction(async () => {
        assert.throws(() => driver.assertOutside(), { code: 'misuse' })
        await turn()
        await assert.rejects(insert(driver, 'a'), { code: 'misuse' })
      })
      driver.assertOutside()
      assert.deepEqual(await ids(driver), [])
    }),

    onTable('ends what takes too long or is aborted, for good', async ({ driver }) => {
      const gate = Promise.withResolvers<void>()
      const late: unknown[] = []
      const work = async (connection: SqlConnection) => {
        await connection.run(sql(INSERT), ['a', 1, null, null, null])
        await gate.promise
        try {
          connection.run(sql(INSERT), ['b', 1, null, null, null])
        } catch (error) {
          late.push((error as PlinthError).code)
        }
      }
      const slow = driver.transaction(work, { timeout: 20 })
      await assert.rejects(slow, { code: 'transaction_timeout' })
      const controller = new AbortController()
      const aborted = driver.transaction(work, { signal: controller.signal })
      await turn(3)
      controller.abort()
      await assert.rejects(aborted, { code: 'aborted' })
      gate.resolve()
      await turn(3)
      assert.deepEqual(late, ['transaction_timeout', 'aborted'])
      assert.deepEqual(await ids(driver), [])
    }),

    onTable('waits for the lock of another connection', async ({ driver, file, engine }) => {
      const other = await openDriver(file, { engine })
      const gate = Promise.withResolvers<void>()
      const holder = other.transaction(() => gate.promise)
      await turn(5)
      const waiting = insert(driver, 'a')
      await assert.rejects(
        driver.transaction(() => undefined, { timeout: 20 }),
        { code: 'busy' },
      )
      gate.resolve()
      await Promise.all([holder, waiting])
      assert.deepEqual(await ids(other), ['a'])
      await other.close()
    }),

    onTable('reports the live structure', async ({ driver }) => {
      const [table, ...others] = await driver.inspect(['t', 'ghosts'])
      assert.deepEqual(others, [])
      assert.deepEqual(table?.columns[0], {
        name: 'id',
        type: 'TEXT',
        nullable: false,
        primaryKey: true,
      })
      assert.deepEqual(
        table?.columns.map(({ name }) => name),
        ['id', 'n', 'r', 'b', 'up'],
      )
    }),

    onTable('moves its log into the file when it closes', async ({ driver, file, engine }) => {
      await insert(driver, 'a')
      await driver.close()
      await assert.rejects(insert(driver, 'b'), { code: 'closed' })
      assert.deepEqual(readdirSync(join(file, '..')), ['test.db'])
      const again = await openDriver(file, { engine })
      assert.deepEqual(await ids(again), ['a'])
      await again.close()
    }),

    onEngines('keeps a database in memory to itself', async (engine) => {
      const driver = await openDriver(':memory:', { engine })
      const gate = Promise.withResolvers<void>()
      const writing = driver.transaction(async (connection) => {
        await connection.run(sql(CREATE), [])
        await connection.run(sql(INSERT), ['a', 1, null, null, null])
        await gate.promise
      })
      await turn(3)
      const reading = ids(driver)
      gate.resolve()
      await writing
      assert.deepEqual(await reading, ['a'])
      await driver.close()
    }),
  ],
}

interface Setting {
  readonly driver: SqlDriver
  readonly file: string
  readonly engine: EngineName
}

/** A case on each engine of the runtime, on a file of its own with the table `t`. */
function onTable(name: string, work: (setting: Setting) => Promise<void>): Case {
  return onEngines(name, async (engine) => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-conformance-'))
    const file = join(folder, 'test.db')
    try {
      const driver = await openDriver(file, { engine })
      await driver.transaction((connection) => connection.run(sql(CREATE), []))
      await work({ driver, file, engine })
      await driver.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

function onEngines(name: string, work: (engine: EngineName) => Promise<void>): Case {
  const run = async () => {
    for (const engine of engines) await work(engine)
  }
  return { name, run }
}

function openDriver(file: string, options: SqliteOptions): Promise<SqlDriver> {
  return sqlite(file, [], options).openDriver({ signals: createSignals(), clock: systemClock })
}

function sql(text: string): Statement {
  return { sql: text, returns: text.startsWith('SELECT'), summary: 'test' }
}

interface Values {
  readonly n?: StoredValue
  readonly b?: StoredValue
  readonly up?: StoredValue
}

async function insert(
  driver: SqlDriver,
  id: string | null,
  { n = 1, b = null, up = null }: Values = {},
): Promise<void> {
  await driver.transaction((connection) => connection.run(sql(INSERT), [id, n, null, b, up]))
}

async function ids(driver: SqlDriver): Promise<unknown[]> {
  return (await driver.read(sql(IDS), [])).rows.map(([id]) => id)
}

async function turn(turns = 1): Promise<void> {
  for (let count = 0; count < turns; count += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
