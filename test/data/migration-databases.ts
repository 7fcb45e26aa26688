import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnyTable, DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { pglite } from 'plinth/data/pglite'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { onTestFinished } from 'vitest'
import { databaseName } from './fixture.ts'
import { freshMariadb, freshPglite, freshPostgres, onMariadb, onPostgres } from './servers.ts'

/** A database of its own until the test ends, opened with one list of tables after the other. */
export interface Fresh {
  source(tables: readonly AnyTable[]): DataSource
  /** Runs statements as another program would. */
  exec(sql: string): Promise<unknown>
}

export interface TestDatabase {
  readonly name: 'SQLite' | 'PGlite' | 'PostgreSQL' | 'MariaDB'
  /** Whether it undoes changes of structure. */
  readonly transactional: boolean
  fresh(): Promise<Fresh>
}

const kinds: Readonly<Record<string, TestDatabase>> = {
  sqlite: {
    name: 'SQLite',
    transactional: true,
    async fresh() {
      const folder = mkdtempSync(join(tmpdir(), 'plinth-migration-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const file = join(folder, 'data.db')
      return {
        source: (tables) => sqlite(file, tables),
        async exec(sql) {
          const { default: Sqlite } = await import('better-sqlite3')
          const direct = new Sqlite(file)
          direct.exec(sql)
          direct.close()
        },
      }
    },
  },
  pglite: {
    name: 'PGlite',
    transactional: true,
    async fresh() {
      const folder = await freshPglite()
      return {
        source: (tables) => pglite(folder, tables),
        async exec(sql) {
          const { PGlite } = await import('@electric-sql/pglite')
          const direct = await PGlite.create(folder)
          await direct.exec(sql)
          await direct.close()
        },
      }
    },
  },
  postgres: {
    name: 'PostgreSQL',
    transactional: true,
    async fresh() {
      const url = await freshPostgres()
      return { source: (tables) => postgres(url, tables), exec: (sql) => onPostgres(sql, url) }
    },
  },
  mysql: {
    name: 'MariaDB',
    transactional: false,
    async fresh() {
      const url = await freshMariadb()
      return { source: (tables) => mysql(url, tables), exec: (sql) => onMariadb(sql, url) }
    },
  },
}

/** The database that this run is about, as in the rest of the contract. */
export const databases: readonly TestDatabase[] = [kinds[databaseName]].filter(
  (database) => database !== undefined,
)
