import type { postgres as Postgres } from '../data/drivers/postgres/index.ts'
import type { AnyTable, DataSource } from '../data/index.ts'
import { createSignals, systemClock, toHex } from '../kernel/index.ts'

/** A database that was made, and the way to be rid of it. */
export interface MadeDatabase {
  readonly source: DataSource
  readonly remove: () => Promise<void>
}

/** Makes a database of these tables; `on` is the address of the server. */
export type MakeDatabase = (tables: readonly AnyTable[], on: string) => Promise<MadeDatabase>

// Each driver is loaded when it is used: the others' packages need not be there.

export const inMemory: MakeDatabase = async (tables) => {
  const { sqlite } = await import('../data/drivers/sqlite/index.ts')
  return { source: sqlite(':memory:', tables), remove: async () => {} }
}

export const inProcess: MakeDatabase = async (tables) => {
  const { pglite } = await import('../data/drivers/pglite/index.ts')
  return { source: pglite('memory://', tables), remove: async () => {} }
}

export const inFile: MakeDatabase = async (tables) => {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  const { sqlite } = await import('../data/drivers/sqlite/index.ts')
  const folder = await mkdtemp(`${tmpdir()}/plinth-fresh-`)
  return {
    source: sqlite(`${folder}/test.db`, tables),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export const onPostgres: MakeDatabase = async (tables, on) => {
  const { postgres } = await import('../data/drivers/postgres/index.ts')
  const schema = newName()
  const server = postgres(on, [])
  await run(server, `CREATE SCHEMA ${schema}`)
  const url = new URL(on)
  const given = url.searchParams.get('options')
  const path = `-c search_path=${schema}`
  url.searchParams.set('options', given === null ? path : `${given} ${path}`)
  return {
    source: postgres(url.href, tables),
    remove: () => run(server, `DROP SCHEMA ${schema} CASCADE`),
  }
}

export const onMysql: MakeDatabase = async (tables, on) => {
  const { mysql } = await import('../data/drivers/mysql/index.ts')
  const name = newName()
  const server = mysql(on, [])
  await run(server, `CREATE DATABASE ${name}`)
  const url = new URL(on)
  url.pathname = `/${name}`
  return { source: mysql(url.href, tables), remove: () => run(server, `DROP DATABASE ${name}`) }
}

function newName(): string {
  return `plinth_fresh_${toHex(crypto.getRandomValues(new Uint8Array(12)))}`
}

/** Runs one statement on a connection of its own. */
async function run(server: ReturnType<typeof Postgres>, sql: string): Promise<void> {
  const driver = await server.openDriver({ signals: createSignals(), clock: systemClock })
  try {
    const statement = { sql, returns: false, summary: 'test database' }
    await driver.transaction((connection) => connection.run(statement, []))
  } finally {
    await driver.close()
  }
}
