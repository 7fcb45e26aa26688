import type { StoredRow } from '../../../value.ts'
import type { Parameter } from '../../sql/driver.ts'
import type { Engine, OpenEngine } from '../engine.ts'

/** The part of bun:sqlite that is used here. */
interface BunSqlite {
  readonly Database: new (file: string) => BunDatabase
}

interface BunDatabase {
  prepare(sql: string): BunStatement
  run(sql: string): unknown
  readonly inTransaction: boolean
  close(): void
}

interface BunStatement {
  readonly columnNames: readonly string[]
  finalize(): void
  safeIntegers(on: boolean): unknown
  values(...params: readonly Parameter[]): StoredRow[]
  run(...params: readonly Parameter[]): { readonly changes: number | bigint }
}

// Held in a variable so that neither compiler nor bundler looks for it outside Bun.
const specifier: string = 'bun:sqlite'

/** The engine on Bun: its built-in module bun:sqlite. */
export async function loadBun(): Promise<OpenEngine> {
  const { Database } = (await import(specifier)) as BunSqlite
  return (file): Engine => {
    const db = new Database(file)
    const statements = trackWeakly<BunStatement>()
    return {
      prepare(sql, { bigints }) {
        const statement = db.prepare(sql)
        statements.add(statement)
        if (bigints) statement.safeIntegers(true)
        return {
          columns: () => statement.columnNames,
          all: (params) => statement.values(...params),
          get: (params) => statement.values(...params)[0],
          run: (params) => Number(statement.run(...params).changes),
        }
      },
      exec: (sql) => void db.run(sql),
      get inTransaction() {
        return db.inTransaction
      },
      resultCode: (error) => (error as { errno?: number }).errno,
      close() {
        // With a statement alive, Bun would keep the file open, and its log beside it.
        for (const statement of statements.alive()) statement.finalize()
        db.close()
      },
    }
  }
}

interface WeakTracker<T extends WeakKey> {
  add(value: T): void
  alive(): T[]
}

/** Knows what has been added as long as someone else holds it. */
function trackWeakly<T extends WeakKey>(): WeakTracker<T> {
  const refs = new Set<WeakRef<T>>()
  const registry = new FinalizationRegistry<WeakRef<T>>((ref) => refs.delete(ref))
  return {
    add(value) {
      const ref = new WeakRef(value)
      refs.add(ref)
      registry.register(value, ref)
    },
    alive: () => [...refs].flatMap((ref) => ref.deref() ?? []),
  }
}
