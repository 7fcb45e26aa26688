import type { SQLInputValue } from 'node:sqlite'
import type { StoredRow } from '../../../value.ts'
import type { Parameter } from '../../sql/driver.ts'
import type { Engine, OpenEngine } from '../engine.ts'

/** The engine on Deno, and on Node without a package: the built-in module node:sqlite. */
export async function loadNode(): Promise<OpenEngine> {
  const { DatabaseSync } = await import('node:sqlite')
  const probe = new DatabaseSync(':memory:')
  // Without it a transaction that SQLite ended by itself would go unnoticed.
  if (probe.isTransaction !== false) throw new Error('node:sqlite is too old: no isTransaction')
  probe.close()
  return (file): Engine => {
    const db = new DatabaseSync(file, { timeout: 0 })
    return {
      prepare(sql, { bigints }) {
        const statement = db.prepare(sql)
        statement.setReturnArrays(true)
        if (bigints) statement.setReadBigInts(true)
        return {
          columns: () => statement.columns().map(({ name }) => name),
          all: (params) => statement.all(...bound(params)) as unknown as StoredRow[],
          get: (params) => statement.get(...bound(params)) as unknown as StoredRow | undefined,
          run: (params) => Number(statement.run(...bound(params)).changes),
        }
      },
      exec: (sql) => db.exec(sql),
      get inTransaction() {
        return db.isTransaction
      },
      resultCode: (error) => (error as { errcode?: number }).errcode,
      close: () => db.close(),
    }
  }
}

/** SQLite's dialect encodes nothing: what is bound is in stored form. */
function bound(params: readonly Parameter[]): SQLInputValue[] {
  return params as SQLInputValue[]
}
