/** The shop as a back end: what `main.ts` serves and what tests run in process. */

import { type BackendOptions, backend } from 'plinth'
import { anyone } from 'plinth/api'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { type AccountSettings, accounts } from './accounts.ts'
import { api } from './api.ts'
import { tables } from './tables.ts'

/** What a test or a start may want otherwise. */
export type ShopOptions = Pick<BackendOptions<typeof api>, 'monitor' | 'clock'> & {
  /** Default: what a test needs. */
  readonly accounts?: AccountSettings
  /** The address of a PostgreSQL, MySQL or MariaDB database, or an SQLite file. */
  readonly database: string
}

/** Milliseconds that a customer rather waits in a rush than is sent away. */
const PATIENCE = { wait: 15_000, timeout: 15_000 }

export function shop({ database, accounts: settings, ...options }: ShopOptions) {
  return backend({
    ...options,
    title: 'Flag shop',
    about: 'Sells flags, table flags and wall maps of every country, delivered to any city.',
    license: { name: 'MIT', identifier: 'MIT' },
    contact: { name: 'The shop of the examples' },
    tags: {
      places: 'Where orders can be delivered.',
      products: 'What the shop sells. Staff change it.',
      account: 'Who is signed in, with addresses and orders.',
      addresses: 'Where a customer has orders delivered.',
      orders: 'From placed to delivered or cancelled.',
    },
    data: sourceOf(database),
    auth: accounts(settings),
    api,
    describe: { guard: anyone },
  })
}

function sourceOf(database: string): DataSource {
  const server = { url: database, ...PATIENCE }
  if (/^postgres(ql)?:/.test(database)) return postgres(server, tables)
  if (/^(mysql|mariadb):/.test(database)) return mysql(server, tables)
  return sqlite(database, tables)
}
