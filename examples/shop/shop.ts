/** The shop as a back end: what `main.ts` serves and what tests run in process. */

import { type BackendOptions, backend } from 'plinth'
import { anyone, assurance, every, role } from 'plinth/api'
import { audit } from 'plinth/audit'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { generateKey } from 'plinth/kernel'
import { type AccountSettings, accounts } from './accounts.ts'
import { api } from './api.ts'
import { tables } from './tables.ts'

/** What the shop is told by its environment. */
export interface ShopSettings extends AccountSettings {
  /** Signs the audit log. Default: a key for a shop that is gone tomorrow. */
  readonly auditKey?: string
}

/** What a test or a start may want otherwise. */
export type ShopOptions = Pick<BackendOptions<typeof api>, 'monitor' | 'clock'> & {
  /** Default: what a test needs. */
  readonly accounts?: ShopSettings
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
    audit: audit({
      keys: { current: 'shop', keys: { shop: settings?.auditKey ?? generateKey() } },
      guard: every(role('staff'), assurance(2)),
    }),
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
