import { env, execArgv } from 'node:process'
import type { StoredRow } from '../../../value.ts'
import type { Engine, OpenEngine } from '../engine.ts'
import { codeOfName } from '../result-codes.ts'

/** The engine on Node: the npm package better-sqlite3. */
export async function loadBetterSqlite3(): Promise<OpenEngine> {
  const { default: Database } = await import('better-sqlite3')
  return (file): Engine => {
    const db = new Database(file, { timeout: 0 })
    return {
      named: canCompile(),
      prepare(sql, { returns, bigints, named }) {
        const statement = db.prepare(sql)
        if (!named && (returns ?? statement.reader)) statement.raw(true)
        if (bigints) statement.safeIntegers(true)
        return {
          columns: () => (statement.reader ? statement.columns().map(({ name }) => name) : []),
          all: (params) => statement.all(params) as StoredRow[],
          get: (params) => statement.get(params) as StoredRow | undefined,
          run: (params) => statement.run(params).changes,
        }
      },
      exec: (sql) => void db.exec(sql),
      get inTransaction() {
        return db.inTransaction
      },
      resultCode: (error) =>
        error instanceof Database.SqliteError ? codeOfName(error.code) : undefined,
      close: () => void db.close(),
    }
  }
}

/**
 * For its objects better-sqlite3 compiles a function for each statement. Where a process is forbidden
 * to compile text, that would end it.
 */
function canCompile(): boolean {
  const flags = [...execArgv, env['NODE_OPTIONS']].join(' ')
  return !/disallow[-_]code[-_]generation[-_]from[-_]strings/.test(flags)
}
