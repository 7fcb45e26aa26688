/**
 * SQLite as the store: one file, durable, with group commit. Runs on better-sqlite3 (Node), node:sqlite
 * (Deno, Node) and bun:sqlite (Bun).
 *
 * Import from `plinth/data/sqlite`.
 *
 * @module plinth/data/sqlite
 */

export type {
  Isolation,
  Parameter,
  SqlConnection,
  SqlDriver,
  SqlDriverOptions,
  SqlResult,
  SqlTransactionOptions,
  Statement,
} from '../sql/driver.ts'
export type { SqlSource } from '../sql/source.ts'
export type { EngineName } from './load-engine.ts'
export type { SqliteOptions } from './options.ts'
export { sqlite } from './source.ts'
