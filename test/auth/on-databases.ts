import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'

/** SQLite, and the servers that answer: each an empty database, gone when the test has finished. */
export const databases: readonly { name: string; source: () => Promise<DataSource> }[] = [
  { name: 'SQLite', source: async () => sqlite(':memory:', []) },
  ...((await hasPostgres())
    ? [{ name: 'PostgreSQL', source: async () => postgres(await freshPostgres(), []) }]
    : []),
  ...((await hasMariadb())
    ? [{ name: 'MariaDB', source: async () => mysql(await freshMariadb(), []) }]
    : []),
]
