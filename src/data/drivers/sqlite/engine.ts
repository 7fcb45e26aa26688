import type { StoredRow, StoredValue } from '../../driver.ts'

/** One connection, as little of it as the driver needs. Everything here happens at once. */
export interface Engine {
  prepare(sql: string, bigints: boolean): Prepared
  exec(sql: string): void
  /** False as soon as SQLite has ended the transaction, be it by itself. */
  readonly inTransaction: boolean
  /** SQLite's extended result code of an error that this engine threw. */
  resultCode(error: unknown): number | undefined
  close(): void
}

export interface Prepared {
  all(params: readonly StoredValue[]): StoredRow[]
  /** The first row. */
  get(params: readonly StoredValue[]): StoredRow | null | undefined
  /** Runs a statement that answers with no rows; returns how many it changed. */
  run(params: readonly StoredValue[]): number
}

export type OpenEngine = (file: string) => Engine
