/** What all sides on PostgreSQL share: a database of the suite's own, and how rows get in. */
import pg from 'pg'
import * as dataset from '../dataset.ts'

const database = 'plinth_bench_data'

/** Where a server is looked for. */
export const server =
  process.env['BENCH_POSTGRES_URL'] ?? 'postgres://plinth:plinth@127.0.0.1:5432/plinth'

// Ours stores integers as bigint, which `pg` would answer as text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** The suite's database, new and empty, or undefined where no server answers. */
export async function createDatabase(): Promise<string | undefined> {
  try {
    await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  } catch (error) {
    if ((error as { code?: string }).code === 'ECONNREFUSED') return undefined
    throw error
  }
  await administer(`CREATE DATABASE ${database}`)
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

export function dropDatabase(): Promise<void> {
  return administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
}

/** A pool as each side has it. */
export function openPool(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url, max: 4 })
}

/** Writes users, boards and tasks into tables that are there and empty. */
export async function fill(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const insert = async (table: string, types: string[], rows: Iterable<object>): Promise<void> => {
    const all = [...rows]
    const names = Object.keys(all[0] ?? {})
    const columns = names.map((name) => `"${name}"`).join(', ')
    const arrays = types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')
    const values = names.map((name) => all.map((row) => (row as Record<string, unknown>)[name]))
    const text = `INSERT INTO ${table} (${columns}) SELECT * FROM unnest(${arrays})`
    await client.query(text, values)
  }
  const rows = <Row extends object>(count: number, row: (index: number) => Row) =>
    Array.from({ length: count }, (_, index) => {
      const made: Row & { createdAt?: unknown } = row(index)
      return 'createdAt' in made ? { ...made, createdAt: new Date(Number(made.createdAt)) } : made
    })
  try {
    await insert('users', ['uuid', 'text', 'text'], rows(dataset.owners + 1, dataset.user))
    const board = ['uuid', 'uuid', 'text', 'timestamptz']
    await insert('boards', board, rows(dataset.boards + 1, dataset.board))
    const task = 'uuid uuid uuid text text text bigint boolean timestamptz'.split(' ')
    await insert('tasks', task, rows(dataset.tasks, dataset.task))
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client(server)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
