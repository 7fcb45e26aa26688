import { createSignals, type Signals, systemClock } from 'plinth/kernel'
import { onTestFinished } from 'vitest'
import { openDriver as openPglite } from '../../../../src/data/drivers/pglite/open.ts'
import { assertFolder, resolveOptions } from '../../../../src/data/drivers/pglite/options.ts'
import { openDriver } from '../../../../src/data/drivers/postgres/open.ts'
import {
  type PostgresOptions,
  resolveTarget,
} from '../../../../src/data/drivers/postgres/options.ts'
import type {
  SqlConnection,
  SqlDriver,
  Statement,
} from '../../../../src/data/drivers/sql/driver.ts'
import { freshPglite, freshPostgres } from '../../servers.ts'

export interface OpenTestOptions extends PostgresOptions {
  readonly signals?: Signals
  /** A schema of its own by default. */
  readonly url?: string
}

export async function openPostgres(options: OpenTestOptions = {}): Promise<SqlDriver> {
  const { url = await freshPostgres(), signals = createSignals(), ...rest } = options
  const driver = await openDriver({
    ...resolveTarget({ url, ...rest }),
    signals,
    clock: systemClock,
  })
  onTestFinished(() => driver.close())
  return driver
}

export async function openEmbedded(signals: Signals = createSignals()): Promise<SqlDriver> {
  const folder = await freshPglite()
  const place = assertFolder(folder)
  const settings = resolveOptions(place, {})
  const driver = await openPglite({ place, folder, settings, signals, clock: systemClock })
  onTestFinished(() => driver.close())
  return driver
}

const statements = new Map<string, Statement>()

/** The statement of a text, the same object each time, as the core would keep it. */
export function sql(text: string, kinds?: Statement['kinds']): Statement {
  const key = `${text} ${kinds}`
  const returns = /^\s*(select|show|with)|returning/i.test(text)
  const statement = statements.get(key) ?? {
    sql: text,
    returns,
    summary: 'test',
    ...(kinds && { kinds }),
  }
  statements.set(key, statement)
  return statement
}

export const CREATE = 'CREATE TABLE notes (id text COLLATE "C" PRIMARY KEY, size bigint NOT NULL)'
export const INSERT = 'INSERT INTO notes (id, size) VALUES ($1, $2)'
export const IDS = 'SELECT id FROM notes ORDER BY id'

export const insert =
  (id: string) =>
  (connection: SqlConnection): unknown =>
    connection.run(sql(INSERT), [id, 1])

/** For the steps around a test of a short time, however slow the machine. */
export const PATIENT = { timeout: 30_000 }

export async function createNotes(driver: SqlDriver): Promise<SqlDriver> {
  await driver.transaction((connection) => connection.run(sql(CREATE), []), PATIENT)
  return driver
}

/** A driver with the table `notes`. */
export async function openNotes(options?: OpenTestOptions): Promise<SqlDriver> {
  return createNotes(await openPostgres(options))
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

/** Waits until `condition` holds. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
