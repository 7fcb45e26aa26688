import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataSource, id, table, timestamp } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { pglite } from 'plinth/data/pglite'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../data/servers.ts'

const columns = {
  id: id(),
  owner: v.string(),
  state: v.pipe(v.string(), v.maxLength(40)),
  amount: v.pipe(v.number(), v.integer()),
  createdAt: timestamp({ default: 'now' }),
}

/** Orders whose owner no index serves, but their state does. */
export const orders = table('plan_orders', columns, { indexes: [['state']], policy: { all: true } })

const tables = [orders]

/** Each database that answers, by name, as a source of its own. */
export const sources: readonly (readonly [string, () => Promise<DataSource>])[] = [
  ['SQLite in memory', async () => sqlite(':memory:', tables)],
  [
    'SQLite',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'plinth-plans-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      return sqlite(join(folder, 'test.db'), tables)
    },
  ],
  ['PGlite', async () => pglite('memory://', tables)],
  ...((await hasPostgres())
    ? [['PostgreSQL', async () => postgres(await freshPostgres(), tables)] as const]
    : []),
  ...((await hasMariadb())
    ? [['MariaDB', async () => mysql(await freshMariadb(), tables)] as const]
    : []),
]
