import { misuse } from '../../../kernel/index.ts'
import type { StoredRow, StoredValue } from '../../driver.ts'
import { loadBetterSqlite3 } from './engines/better-sqlite3.ts'
import { loadBun } from './engines/bun.ts'
import { loadNode } from './engines/node.ts'

/** The packages that speak to SQLite. */
export type EngineName = 'better-sqlite3' | 'node' | 'bun'

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
  /** Runs a statement that answers with no rows; returns how many it changed. */
  run(params: readonly StoredValue[]): number
}

export type OpenEngine = (file: string) => Engine

const engines: Readonly<Record<EngineName, () => Promise<OpenEngine>>> = {
  'better-sqlite3': loadBetterSqlite3,
  node: loadNode,
  bun: loadBun,
}

export const engineNames = Object.keys(engines) as readonly EngineName[]

/** The engine that needs the least on this runtime. */
export function defaultEngine(): EngineName {
  if ('Bun' in globalThis) return 'bun'
  return 'Deno' in globalThis ? 'node' : 'better-sqlite3'
}

/** Loads an engine's package, or says what is missing. */
export async function loadEngine(name: EngineName): Promise<OpenEngine> {
  try {
    return await engines[name]()
  } catch (cause) {
    throw misuse(`sqlite() with engine "${name}"`, missing[name], cause)
  }
}

const missing: Readonly<Record<EngineName, string>> = {
  'better-sqlite3': 'the package is not installed; install it: npm install better-sqlite3',
  node: 'this runtime has no node:sqlite, or an early form of it; use Node 22.16 or later, or a current Deno',
  bun: 'bun:sqlite is part of Bun only; leave the option out to get the engine of this runtime',
}
