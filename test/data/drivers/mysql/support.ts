import { type MysqlOptions, mysql } from 'plinth/data/mysql'
import { createSignals, type Signals, systemClock } from 'plinth/kernel'
import { beforeEach, onTestFinished } from 'vitest'
import type { ColumnKind } from '../../../../src/data/column.ts'
import type { SqlDriver, Statement } from '../../../../src/data/drivers/sql/driver.ts'
import { freshMariadb, onMariadb } from '../../servers.ts'

let url = ''

/** Gives each test of a group a database of its own. */
export function useFreshDatabase(): void {
  beforeEach(async () => {
    url = await freshMariadb()
  })
}

/** Runs statements as another program would. */
export function elsewhere(text: string): Promise<unknown[][]> {
  return onMariadb(text, url)
}

export interface OpenTestOptions extends MysqlOptions {
  readonly signals?: Signals
  readonly url?: string
}

export async function openDriver(options: OpenTestOptions = {}): Promise<SqlDriver> {
  const { signals = createSignals(), ...rest } = options
  const driver = await mysql({ url, ...rest }, []).openDriver({ signals, clock: systemClock })
  onTestFinished(() => driver.close())
  return driver
}

const statements = new Map<string, Statement>()

/** The statement of a text, the same object each time, as the core would keep it. */
export function sql(text: string, kinds?: readonly ColumnKind[]): Statement {
  const key = `${text} ${kinds}`
  const returns = /^select|^show|^explain/i.test(text)
  const table = text.match(/(?:from|into|update|table) (\w+)/i)?.[1] ?? 'nothing'
  const summary = `${text.split(' ')[0]?.toLowerCase()} ${table}`
  const statement = { sql: text, returns, summary, ...(kinds && { kinds }) }
  const known = statements.get(key) ?? statement
  statements.set(key, known)
  return known
}

export const INSERT = 'INSERT INTO notes (id, size) VALUES (?, ?)'
export const IDS = 'SELECT id FROM notes ORDER BY id'

/** For the steps around a test of a short time, however slow the machine. */
export const PATIENT = { timeout: 30_000 }

/** A driver with an empty table `notes`. */
export async function openNotes(options: OpenTestOptions = {}): Promise<SqlDriver> {
  const driver = await openDriver(options)
  await onMariadb(
    `CREATE TABLE notes (id varchar(36) PRIMARY KEY, size bigint)${driver.dialect.tableOptions}`,
    options.url ?? url,
  )
  return driver
}

export async function idsIn(driver: SqlDriver): Promise<unknown[]> {
  const { rows } = await driver.read(sql(IDS), [])
  return rows.map(([id]) => id)
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
