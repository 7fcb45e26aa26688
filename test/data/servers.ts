import { randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { root } from '../../scripts/doors.ts'

// Real servers for tests. `describe.skipIf(!(await hasPostgres()))` skips visibly where there is none;
// with PLINTH_REQUIRE=all a missing server is a failure.

/** When a database is done with: after the test, or, with `afterAll` of a file, after all of its tests. */
export type Later = (work: () => void | Promise<void>) => void

export const postgresUrl: string =
  process.env['PLINTH_POSTGRES_URL'] ?? 'postgres://plinth:plinth@127.0.0.1:5432/plinth'

let postgres: Promise<boolean> | undefined

/** Whether PostgreSQL answers. */
export function hasPostgres(): Promise<boolean> {
  postgres ??= answers('PostgreSQL', () => onPostgres('SELECT 1'))
  return postgres
}

/** The address of a new, empty schema that is dropped after the test. */
export async function freshPostgres(later: Later = onTestFinished): Promise<string> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`
  await onPostgres(`CREATE SCHEMA ${schema}`)
  later(async () => {
    await onPostgres(`DROP SCHEMA ${schema} CASCADE`)
  })
  const url = new URL(postgresUrl)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return url.href
}

/** Runs a statement as somebody else would. */
export async function onPostgres(text: string, url: string = postgresUrl): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return (await client.query({ text, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

export const mysqlUrl: string =
  process.env['PLINTH_MYSQL_URL'] ?? 'mysql://plinth:plinth@127.0.0.1:3306/plinth'

let mariadb: Promise<boolean> | undefined

/** Whether MariaDB answers. */
export function hasMariadb(): Promise<boolean> {
  mariadb ??= answers('MariaDB', () => onMariadb('SELECT 1'))
  return mariadb
}

/** Which of the two answers, by OpenTelemetry's name for it. */
export async function mariadbOrMysql(): Promise<'mariadb' | 'mysql'> {
  const [row] = await onMariadb('SELECT VERSION()')
  return /mariadb/i.test(String(row?.[0])) ? 'mariadb' : 'mysql'
}

/** The address of a new, empty database that is dropped after the test. */
export async function freshMariadb(later: Later = onTestFinished): Promise<string> {
  const database = `plinth_${randomUUID().replaceAll('-', '')}`
  await onMariadb(`CREATE DATABASE ${database}`)
  later(async () => {
    await onMariadb(`DROP DATABASE ${database}`)
  })
  const url = new URL(mysqlUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Runs statements as somebody else would. */
export async function onMariadb(text: string, url: string = mysqlUrl): Promise<unknown[][]> {
  const options = { uri: url, connectTimeout: 5000, multipleStatements: true, rowsAsArray: true }
  const connection = await createConnection(options)
  try {
    const [rows] = await connection.query<RowDataPacket[][]>(text)
    return rows
  } finally {
    await connection.end()
  }
}

let pgliteTemplate: Promise<string> | undefined

/** The folder of a new, empty database of PGlite, removed after the test. */
export async function freshPglite(later: Later = onTestFinished): Promise<string> {
  pgliteTemplate ??= makePgliteTemplate()
  const folder = temporaryFolder()
  later(() => rmSync(folder, { recursive: true, force: true }))
  // To make one from nothing takes seconds.
  cpSync(await pgliteTemplate, join(folder, 'pglite'), { recursive: true })
  return join(folder, 'pglite')
}

/** One for all test files and runs: whoever is the first to have made it puts it in its place. */
async function makePgliteTemplate(): Promise<string> {
  const manifest = join(root, 'node_modules', '@electric-sql', 'pglite', 'package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
  const template = join(root, 'node_modules', '.cache', `plinth-test-pglite-${version}`)
  if (existsSync(template)) return template
  const { PGlite } = await import('@electric-sql/pglite')
  const folder = temporaryFolder()
  const database = await PGlite.create(join(folder, 'pglite'))
  await database.close()
  mkdirSync(dirname(template), { recursive: true })
  if (!existsSync(template)) {
    const near = `${template}-${process.pid}`
    cpSync(join(folder, 'pglite'), near, { recursive: true })
    try {
      renameSync(near, template)
    } catch {
      rmSync(near, { recursive: true })
    }
  }
  rmSync(folder, { recursive: true })
  return template
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'plinth-test-'))
}

async function answers(server: string, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (cause) {
    if (process.env['PLINTH_REQUIRE'] !== 'all') return false
    throw new Error(`${server} does not answer; npm run services starts it`, { cause })
  }
}
