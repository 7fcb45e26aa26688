import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ColumnKind } from 'plinth/data'
import { type SqlDriver, type SqliteOptions, type Statement, sqlite } from 'plinth/data/sqlite'
import { createSignals, type Signals, systemClock } from 'plinth/kernel'
import { onTestFinished } from 'vitest'

export interface OpenTestOptions extends SqliteOptions {
  readonly signals?: Signals
  /** A file of its own by default. */
  readonly file?: string
}

/** A path in a folder of its own that is removed after the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'test.db')
}

export async function openDriver(options: OpenTestOptions = {}): Promise<SqlDriver> {
  const { file = temporaryFile(), signals = createSignals(), ...rest } = options
  const driver = await sqlite(file, [], rest).openDriver({ signals, clock: systemClock })
  onTestFinished(() => driver.close())
  return driver
}

const statements = new Map<string, Statement>()

/** The statement of a text, the same object each time, as the core would keep it. */
export function sql(text: string, kinds: readonly ColumnKind[] = []): Statement {
  const key = `${text}${kinds}`
  const returns = /^select|returning|^pragma/i.test(text)
  const statement = statements.get(key) ?? { sql: text, returns, summary: 'test', kinds }
  statements.set(key, statement)
  return statement
}

export const CREATE = 'CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, size INTEGER) STRICT'
export const INSERT = 'INSERT INTO notes (id, size) VALUES (?, ?)'
export const IDS = 'SELECT id FROM notes ORDER BY id'

/** For the steps around a test of a short time, however slow the machine. */
export const PATIENT = { timeout: 30_000 }

/** A driver with the table `notes`. */
export async function openNotes(options: OpenTestOptions = {}): Promise<SqlDriver> {
  const driver = await openDriver(options)
  await driver.transaction((connection) => connection.run(sql(CREATE), []), PATIENT)
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
