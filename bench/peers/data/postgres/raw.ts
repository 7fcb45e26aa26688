/**
 * The peers `raw` and `where`: prepared statements on a pool of `pg`. `raw` gets a row by its id
 * alone; `where` also asks for the owner, as a policy would.
 *
 * `node raw.ts URL [where]`
 */
import { serveSide } from '../../../suites/data/serve.ts'
import { type DataSide, pageSize } from '../../../suites/data/side.ts'
import type { TaskRow } from '../dataset.ts'
import { openPool } from './open.ts'

const [url = '', variant] = process.argv.slice(2)
const pool = openPool(url)

async function query(name: string, text: string, values: readonly unknown[]): Promise<TaskRow[]> {
  const result = await pool.query<TaskRow>({ name, text, values: [...values] })
  return result.rows
}

const newest = 'ORDER BY "createdAt" DESC, id DESC LIMIT'

const where: DataSide = {
  get: async (actor, id) => {
    const text = 'SELECT * FROM tasks WHERE id = $1 AND owner = $2'
    return (await query('own task', text, [id, actor.id]))[0]
  },
  policy: (actor, status) => {
    const text = `SELECT * FROM tasks WHERE owner = $1 AND status = $2 ${newest} $3`
    return query('tasks of status', text, [actor.id, status, pageSize])
  },
}

const raw: DataSide = {
  get: async (_actor, id) => (await query('task', 'SELECT * FROM tasks WHERE id = $1', [id]))[0],
  list: (actor) =>
    query('tasks', `SELECT * FROM tasks WHERE owner = $1 ${newest} $2`, [actor.id, pageSize]),
}

if (variant === 'where') serveSide(where)
else serveSide(raw, { unguarded: true })
