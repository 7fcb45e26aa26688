import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mysql } from '../../src/data/drivers/mysql/index.ts'
import { pglite } from '../../src/data/drivers/pglite/index.ts'
import { postgres } from '../../src/data/drivers/postgres/index.ts'
import type { SqlDriver } from '../../src/data/drivers/sqlite/index.ts'
import { type SqlSource, sqlite } from '../../src/data/drivers/sqlite/index.ts'
import type { Capabilities } from '../../src/data/index.ts'
import { createSignals, systemClock } from '../../src/kernel/index.ts'
import { mysqlUrl, postgresUrl } from './servers.ts'

/** What a database says of itself. */
export interface Described {
  readonly name: string
  readonly title: string
  /** The version that was asked. */
  readonly tried: string
  readonly facts: Readonly<Record<string, string>>
  /** The SQL type of each kind of column. */
  readonly types: Readonly<Record<string, string>>
}

export const names = ['sqlite', 'pglite', 'postgres', 'mysql'] as const

type Name = (typeof names)[number]

const titles: Readonly<Record<Name, string>> = {
  sqlite: 'SQLite',
  pglite: 'PGlite',
  postgres: 'PostgreSQL',
  mysql: 'MySQL, MariaDB',
}

/** Opens each database and asks what it can do. */
export async function describeDatabases(): Promise<readonly Described[]> {
  const described: Described[] = []
  for (const name of names) described.push(await describeDatabase(name))
  return described
}

async function describeDatabase(name: Name): Promise<Described> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-databases-'))
  const source = sources[name](folder)
  const driver = await source.openDriver({ signals: createSignals(), clock: systemClock })
  try {
    const { capabilities, dialect } = driver
    const tried = await versionOf(driver, name)
    return { name, title: titles[name], tried, facts: factsOf(capabilities), types: dialect.types }
  } finally {
    await driver.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const sources: Readonly<Record<Name, (folder: string) => SqlSource>> = {
  sqlite: (folder) => sqlite(join(folder, 'test.db'), []),
  pglite: () => pglite('memory://', []),
  postgres: () => postgres(postgresUrl, []),
  mysql: () => mysql(mysqlUrl, []),
}

/** Its own name and its version without the last number, which is another one on every machine. */
async function versionOf(driver: SqlDriver, name: Name): Promise<string> {
  const sql = name === 'sqlite' ? 'SELECT sqlite_version()' : 'SELECT version()'
  const { rows } = await driver.read(
    { sql, returns: true, summary: 'version', kinds: ['text'] },
    [],
  )
  const [, version = ''] = String(rows[0]?.[0]).match(/(\d+\.\d+)/) ?? []
  const server = {
    sqlite: 'SQLite',
    pglite: 'PostgreSQL',
    postgres: 'PostgreSQL',
    mysql: 'MariaDB',
  }
  const major = name === 'pglite' || name === 'postgres' ? version.split('.')[0] : version
  return `${server[name]} ${major}`
}

/** The capabilities in words: see `Capabilities`. */
function factsOf(capabilities: Capabilities): Record<string, string> {
  const yes = (able: boolean): string => (able ? 'yes' : 'no')
  return {
    'isolation levels, the default first': capabilities.isolation.join(', '),
    'code between the statements of a transaction': yes(capabilities.interactive),
    'transactions inside transactions': yes(capabilities.savepoints),
    'several writers at the same time': yes(capabilities.concurrentWrites),
    'references kept by the database': yes(capabilities.references),
    'filters inside JSON': yes(capabilities.jsonPaths),
    'a row read with those that it refers to': yes(capabilities.joins),
    'migrations undone as a whole': yes(capabilities.transactionalSchema),
    'tells cheaply that nothing was committed': yes(capabilities.version),
    'statements through Kysely': yes(capabilities.sql),
  }
}
