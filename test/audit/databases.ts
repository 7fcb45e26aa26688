import type { AnyTable, DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'

interface TestDatabase {
  readonly name: string
  readonly source: (tables: readonly AnyTable[]) => Promise<DataSource>
}

/** SQLite, and the servers that answer: each an empty database, gone when the test has finished. */
export const databases: readonly TestDatabase[] = [
  { name: 'SQLite', source: async (tables) => sqlite(':memory:', tables) },
  ...((await hasPostgres())
    ? [
        {
          name: 'PostgreSQL',
          source: async (tables: readonly AnyTable[]) => postgres(await freshPostgres(), tables),
        },
      ]
    : []),
  ...((await hasMariadb())
    ? [
        {
          name: 'MariaDB',
          source: async (tables: readonly AnyTable[]) => mysql(await freshMariadb(), tables),
        },
      ]
    : []),
]
