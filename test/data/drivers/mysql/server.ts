import { randomBytes } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { describe } from 'vitest'

/** Where the server of the tests is. Its user may make databases whose names begin with `plinth_`. */
export const mysqlUrl: string =
  process.env['PLINTH_MYSQL_URL'] ?? 'mysql://plinth:plinth@127.0.0.1:3306/plinth'

const answers = await connect(mysqlUrl).then(
  async (connection) => {
    await connection.end()
    return true
  },
  () => false,
)

/** Whether tests that need the server run: it answers, or its absence is to fail. */
export const mysqlExpected: boolean = answers || process.env['PLINTH_REQUIRE'] === 'all'

/** Groups tests that need the server; without one they are reported as skipped. */
export const describeMysql: typeof describe.skip = mysqlExpected ? describe : describe.skip

export interface FreshDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** An empty database of its own on the server of the tests. */
export async function freshMysql(): Promise<FreshDatabase> {
  const name = `plinth_${randomBytes(8).toString('hex')}`
  await execute(mysqlUrl, `CREATE DATABASE ${name}`)
  const url = new URL(mysqlUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => execute(mysqlUrl, `DROP DATABASE ${name}`) }
}

/** Runs a statement on a connection of its own, as another program would. */
export async function execute(url: string, sql: string): Promise<void> {
  const connection = await connect(url)
  try {
    await connection.query(sql)
  } finally {
    await connection.end()
  }
}

export function connect(url: string): Promise<Connection> {
  return createConnection({ uri: url, connectTimeout: 5000, multipleStatements: true })
}
