/**
 * The peer `kysely` on PostgreSQL.
 *
 * `node kysely.ts URL`
 */
import { Kysely, PostgresDialect } from 'kysely'
import { serveSide } from '../../../suites/data/serve.ts'
import { pageSize } from '../../../suites/data/side.ts'
import type { TaskRow } from '../dataset.ts'
import { openPool } from './open.ts'

const [url = ''] = process.argv.slice(2)
const db = new Kysely<{ tasks: TaskRow }>({ dialect: new PostgresDialect({ pool: openPool(url) }) })

serveSide({
  get: (actor, id) =>
    db
      .selectFrom('tasks')
      .selectAll()
      .where('id', '=', id)
      .where('owner', '=', actor.id)
      .executeTakeFirst(),
  policy: (actor, status) =>
    db
      .selectFrom('tasks')
      .selectAll()
      .where('owner', '=', actor.id)
      .where('status', '=', status)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(pageSize)
      .execute(),
  list: (actor) =>
    db
      .selectFrom('tasks')
      .selectAll()
      .where('owner', '=', actor.id)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(pageSize)
      .execute(),
})
