import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'

// Real servers for tests. `describe.skipIf(!(await hasPostgres()))` skips visibly where there is none;
// with PLINTH_REQUIRE=all a missing server is a failure.

export const postgresUrl: string =
  process.env['PLINTH_POSTGRES_URL'] ?? 'postgres://plinth:plinth@127.0.0.1:5432/plinth'

let postgres: Promise<boolean> | undefined

/** Whether PostgreSQL answers. */
export function hasPostgres(): Promise<boolean> {
  postgres ??= answers('PostgreSQL', () => onPostgres('SELECT 1'))
  return postgres
}

/** The address of a new, empty schema that is dropped after the test. */
export async function freshPostgres(): Promise<string> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`
  await onPostgres(`CREATE SCHEMA ${schema}`)
  onTestFinished(() => onPostgres(`DROP SCHEMA ${schema} CASCADE`))
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

async function answers(server: string, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (cause) {
    if (process.env['PLINTH_REQUIRE'] !== 'all') return false
    throw new Error(`${server} does not answer; npm run services starts it`, { cause })
  }
}
