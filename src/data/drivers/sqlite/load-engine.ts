import { misuse } from '../../../kernel/index.ts'
import type { OpenEngine } from './engine.ts'
import { loadBetterSqlite3 } from './engines/better-sqlite3.ts'
import { loadBun } from './engines/bun.ts'
import { loadNode } from './engines/node.ts'

/** The packages that speak to SQLite. */
export type EngineName = 'better-sqlite3' | 'node' | 'bun'

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
