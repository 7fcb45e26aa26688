/** The databases that the sides are measured on, filled with the same rows, and who they are. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as postgres from '../../peers/data/postgres/open.ts'
import * as sqlite from '../../peers/data/sqlite/open.ts'
import type { SideFile } from './process.ts'

const ours = new URL('ours.ts', import.meta.url)
const onSqlite = (file: string): URL => new URL(`../../peers/data/sqlite/${file}`, import.meta.url)

export const sqliteSides: readonly SideFile[] = [
  { name: 'ours', file: ours },
  { name: 'raw', file: onSqlite('raw.ts') },
  { name: 'where', file: onSqlite('raw.ts'), args: ['where'] },
  { name: 'kysely', file: onSqlite('kysely.ts') },
  { name: 'drizzle', file: onSqlite('drizzle.ts') },
  { name: 'drizzle-prepared', file: onSqlite('drizzle.ts'), args: ['prepared'] },
  { name: 'drizzle-relational', file: onSqlite('drizzle-relational.ts') },
  { name: 'prisma', file: onSqlite('prisma.ts') },
  { name: 'mikro-orm', file: onSqlite('mikro-orm.ts') },
  { name: 'zenstack', file: onSqlite('zenstack.ts') },
]

const onPostgres = (file: string): URL =>
  new URL(`../../peers/data/postgres/${file}`, import.meta.url)

export const postgresSides: readonly SideFile[] = [
  { name: 'ours', file: ours },
  { name: 'raw', file: onPostgres('raw.ts') },
  { name: 'where', file: onPostgres('raw.ts'), args: ['where'] },
  { name: 'kysely', file: onPostgres('kysely.ts') },
  { name: 'drizzle', file: onPostgres('drizzle.ts') },
  { name: 'drizzle-prepared', file: onPostgres('drizzle.ts'), args: ['prepared'] },
  { name: 'drizzle-relational', file: onPostgres('drizzle.ts'), args: ['relational'] },
]

/** A file with the tables and indexes that ours makes of its declarations, and all rows. */
export async function prepareSqlite(directory: string): Promise<string> {
  const file = join(directory, 'data.db')
  migrate(file)
  const db = sqlite.openFile(file)
  sqlite.fill(db)
  db.close()
  return file
}

/** The same on PostgreSQL, without comments; undefined where no server answers. */
export async function preparePostgres(): Promise<string | undefined> {
  const url = await postgres.createDatabase()
  if (url === undefined) return undefined
  migrate(url)
  await postgres.fill(url)
  return url
}

function migrate(location: string): void {
  const command = [fileURLToPath(ours), location, 'migrate']
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('the tables cannot be made: the reason is above')
}
