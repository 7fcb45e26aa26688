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
      prepare(sql, bigints) {
        const statement = db.prepare(sql)
        if (bigints) statement.setReadBigInts(true)
        return {
          // Its rows have no prototype, unlike those of the other engines.
          all: (params) => statement.all(...params).map((row) => ({ ...row })),
          get: (params) => {
            const row = statement.get(...params)
            return row && { ...row }
          },
          run: (params) => Number(statement.run(...params).changes),
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
