import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mysql } from 'plinth/data/mysql'
import { pglite } from 'plinth/data/pglite'
import { postgres } from 'plinth/data/postgres'
import {
  type SqlConnection,
  type SqlDriver,
  type SqlSource,
  type Statement,
  sqlite,
} from 'plinth/data/sqlite'
import { createSignals, type Signals, systemClock } from 'plinth/kernel'
import { onTestFinished } from 'vitest'
import { databaseName } from '../../fixture.ts'
import { freshMariadb, freshPglite, freshPostgres } from '../../servers.ts'

export interface OpenTestOptions {
  readonly signals?: Signals
  /** Milliseconds that a transaction may take unless it says otherwise. */
  readonly timeout?: number
}

type Open = (options: { readonly timeout?: number }) => Promise<SqlSource>

/** An empty database of each kind that several connections can look at, gone after the test. */
const sources: Readonly<Record<string, Open>> = {
  sqlite: async (options) => sqlite(temporaryFile(), [], options),
  postgres: async (options) => postgres({ url: await freshPostgres(), ...options }, []),
  pglite: async (options) => pglite(await freshPglite(), [], options),
  mysql: async (options) => mysql({ url: await freshMariadb(), ...options }, []),
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-contract-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'test.db')
}

const statements = new Map<string, Statement>()

/** The statement of a text, the same object each time, as the core would keep it. */
export function sql(text: string): Statement {
  const known = statements.get(text)
  if (known) return known
  const statement = { sql: text, returns: text.startsWith('SELECT'), summary: 'test' }
  statements.set(text, statement)
  return statement
}

const numbered = databaseName === 'postgres' || databaseName === 'pglite'
const CREATE = 'CREATE TABLE notes (id varchar(64) PRIMARY KEY NOT NULL, size bigint NOT NULL)'
export const INSERT = `INSERT INTO notes (id, size) VALUES (${numbered ? '$1, $2' : '?, ?'})`
export const IDS = 'SELECT id FROM notes'

/** For the steps around a test of a short time, however slow the machine. */
export const PATIENT = { timeout: 30_000 }

/** A driver with an empty table `notes`, closed when the test has finished. */
export async function openNotes({ signals, ...options }: OpenTestOptions = {}): Promise<SqlDriver> {
  const source = sources[databaseName]
  if (!source) throw new Error(`PLINTH_TEST_DATABASE is one of ${Object.keys(sources).join(', ')}`)
  const opened = await source(options)
  const driver = await opened.openDriver({
    signals: signals ?? createSignals(),
    clock: systemClock,
  })
  onTestFinished(() => driver.close())
  await driver.transaction((connection) => connection.run(sql(CREATE), []), PATIENT)
  return driver
}

/** Stores a note. Where a driver would throw at once, this rejects. */
export function insert(id: string): (connection: SqlConnection) => Promise<unknown> {
  return async (connection) => connection.run(sql(INSERT), [id, 1])
}

export async function idsIn(reading: SqlDriver | SqlConnection): Promise<unknown[]> {
  const { rows } =
    'read' in reading ? await reading.read(sql(IDS), []) : await reading.run(sql(IDS), [])
  return rows.map(([id]) => id).sort()
}

/** Resolves after `turns` turns of the event loop. */
export async function turn(turns = 1): Promise<void> {
  for (let count = 0; count < turns; count += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A promise to be settled from outside. */
export function deferred<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}
