import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import {
  hasMariadb,
  hasPostgres,
  mysqlUrl,
  onMariadb,
  onPostgres,
  postgresUrl,
} from '../data/servers.ts'
import { temporaryFolder } from './shop-process.ts'

/** A database for a shop and its processes. */
export interface FreshDatabase {
  /** What `DATABASE_URL` would be. */
  readonly address: string
  /** Looks at the rows, past the library under test and in one snapshot. */
  read(sql: string): Promise<unknown[][]>
  drop(): Promise<void>
}

export interface ShopDatabase {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MariaDB'
  fresh(): Promise<FreshDatabase>
}

const sqlite: ShopDatabase = {
  name: 'SQLite',
  async fresh() {
    const folder = await temporaryFolder()
    const address = join(folder, 'shop.db')
    return {
      address,
      async read(sql) {
        const db = new Sqlite(address)
        try {
          expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
          expect(db.pragma('foreign_key_check')).toEqual([])
          return db.prepare(sql).raw().all() as unknown[][]
        } finally {
          db.close()
        }
      },
      drop: () => rm(folder, { recursive: true }),
    }
  },
}

const postgres: ShopDatabase = {
  name: 'PostgreSQL',
  async fresh() {
    const schema = `shop_${randomUUID().replaceAll('-', '')}`
    await onPostgres(`CREATE SCHEMA ${schema}`)
    const url = new URL(postgresUrl)
    url.searchParams.set('options', `-c search_path=${schema}`)
    return {
      address: url.href,
      read: (sql) => onPostgres(sql, url.href),
      drop: async () => void (await onPostgres(`DROP SCHEMA ${schema} CASCADE`)),
    }
  },
}

const mariadb: ShopDatabase = {
  name: 'MariaDB',
  async fresh() {
    const name = `plinth_shop_${randomUUID().replaceAll('-', '')}`
    await onMariadb(`CREATE DATABASE ${name}`)
    const url = new URL(mysqlUrl)
    url.pathname = `/${name}`
    return {
      address: url.href,
      read: (sql) => onMariadb(sql, url.href),
      drop: async () => void (await onMariadb(`DROP DATABASE ${name}`)),
    }
  },
}

/** The databases that a shop in process is tested on: SQLite, and those that answer. */
export const databases: readonly ShopDatabase[] = [
  sqlite,
  ...((await hasPostgres()) ? [postgres] : []),
  ...((await hasMariadb()) ? [mariadb] : []),
]

/** Those that shops of several processes are tested on, which takes longer. */
export const shared: readonly ShopDatabase[] = databases.filter(({ name }) => name !== 'MariaDB')
