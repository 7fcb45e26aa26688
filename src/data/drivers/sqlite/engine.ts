import type { StoredRow } from '../../value.ts'
import type { Parameter } from '../sql/driver.ts'

export interface PrepareOptions {
  /** Whether it answers with rows. Absent: the statement is asked. */
  readonly returns?: boolean
  /** Whether integers are answered as bigint. */
  readonly bigints: boolean
  /** Whether rows are objects by the names of the columns; of an engine that is `named` alone. */
  readonly named?: boolean
}

/** One connection, as little of it as the driver needs. Everything here happens at once. */
export interface Engine {
  prepare(sql: string, options: PrepareOptions): Prepared
  exec(sql: string): void
  /** False as soon as SQLite has ended the transaction, be it by itself. */
  readonly inTransaction: boolean
  /** Whether objects cost no more than arrays. */
  readonly named?: boolean
  /** SQLite's extended result code of an error that this engine threw. */
  resultCode(error: unknown): number | undefined
  close(): void
}

/** Rows are arrays of their columns in order, or objects where it was prepared as `named`. */
export interface Prepared {
  /** The names of what it answers with; none where it answers with no rows. */
  columns(): readonly string[]
  all(params: readonly Parameter[]): StoredRow[]
  /** The first row. */
  get(params: readonly Parameter[]): StoredRow | null | undefined
  /** Runs a statement that answers with no rows; returns how many it changed. */
  run(params: readonly Parameter[]): number
}

export type OpenEngine = (file: string) => Engine
