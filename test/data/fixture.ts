import { type AnyTable, type Database, type DataSource, type OpenOptions, open } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { pglite } from 'plinth/data/pglite'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import type { Actor } from 'plinth/kernel'
import { afterAll, onTestFinished } from 'vitest'
import { freshMariadb, freshPglite, freshPostgres, type Later, mariadbOrMysql } from './servers.ts'

type Sources = Record<string, (tables: readonly AnyTable[], later?: Later) => Promise<DataSource>>

/** An empty database of each kind, gone when the test has finished. */
const sources: Sources = {
  sqlite: async (tables) => sqlite(':memory:', tables),
  postgres: async (tables, later) => postgres(await freshPostgres(later), tables),
  pglite: async (tables, later) => pglite(await freshPglite(later), tables),
  mysql: async (tables, later) => mysql(await freshMariadb(later), tables),
}

/** The database that this run is about: the contract is the same for all of them. */
export const databaseName: string = process.env['PLINTH_TEST_DATABASE'] ?? 'sqlite'

interface Trait {
  /** What its spans call it. */
  readonly system: string
  /** The first and the last instant that it holds. */
  readonly instants: readonly [Date, Date]
}

const LATEST = new Date(8.64e15)
const postgresql: Trait = {
  system: 'postgresql',
  instants: [new Date(Date.UTC(-4712, 0, 1)), LATEST],
}

const traits: Readonly<Record<string, Trait>> = {
  sqlite: { system: 'sqlite', instants: [new Date(-8.64e15), LATEST] },
  postgres: postgresql,
  pglite: postgresql,
  mysql: {
    system: databaseName === 'mysql' ? await mariadbOrMysql() : 'mariadb',
    instants: [new Date(Date.UTC(1000, 0, 1)), new Date(Date.UTC(10_000, 0, 1) - 1)],
  },
}

/** In what the database of this run differs from the others. */
export const trait: Trait = traits[databaseName] ?? postgresql

/** An empty database, not yet opened. */
export async function freshSource(tables: readonly AnyTable[], later?: Later): Promise<DataSource> {
  const source = sources[databaseName]
  if (!source) throw new Error(`PLINTH_TEST_DATABASE is one of ${Object.keys(sources).join(', ')}`)
  return source(tables, later)
}

/** A migrated database, closed when the test has finished. */
export async function openFresh(
  tables: readonly AnyTable[],
  options: OpenOptions = {},
): Promise<Database> {
  const db = await open(await freshSource(tables), options)
  onTestFinished(() => db.close())
  await db.migrate()
  return db
}

/**
 * Makes what opens a migrated database for a file's tests to share, since opening one takes long: each finds it
 * empty. Called where the file declares its tests; tables stand behind those that they refer to.
 */
export function shareFresh(tables: readonly AnyTable[]): () => Promise<Database> {
  const endings: (() => void | Promise<void>)[] = []
  let opened: Promise<Database> | undefined
  afterAll(async () => {
    for (const end of endings.toReversed()) await end()
  })
  return async () => {
    opened ??= openShared()
    const db = await opened
    for (const table of tables.toReversed()) await db.system.deleteMany(table, {})
    return db
  }

  async function openShared(): Promise<Database> {
    const db = await open(await freshSource(tables, (end) => endings.push(end)))
    endings.push(() => db.close())
    await db.migrate()
    return db
  }
}

export function actor(id: string, ...roles: string[]): Actor {
  return { id, roles }
}
