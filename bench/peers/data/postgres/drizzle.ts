/**
 * The peers `drizzle` and `drizzle-relational`, whose queries are built anew for each call, and
 * `drizzle-prepared`, whose queries are built once with placeholders, on PostgreSQL.
 *
 * `node drizzle.ts URL [prepared|relational]`
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { bigint, boolean, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { serveSide } from '../../../suites/data/serve.ts'
import { type DataSide, pageSize } from '../../../suites/data/side.ts'
import { openPool } from './open.ts'

const [url = '', variant] = process.argv.slice(2)

const tasks = pgTable('tasks', {
  id: uuid('id').primaryKey(),
  board: uuid('board').notNull(),
  owner: uuid('owner').notNull(),
  title: text('title').notNull(),
  notes: text('notes'),
  status: text('status').notNull(),
  position: bigint('position', { mode: 'number' }).notNull(),
  done: boolean('done').notNull(),
  createdAt: timestamp('createdAt', { withTimezone: true }).notNull(),
})

const db = drizzle(openPool(url), { schema: { tasks } })
const newestFirst = [desc(tasks.createdAt), desc(tasks.id)]

const built: DataSide = {
  get: async (actor, id) => {
    const found = await db
      .select()
      .from(tasks)
      .where(and(eq(tasks.id, id), eq(tasks.owner, actor.id)))
    return found[0]
  },
  policy: (actor, status) =>
    db
      .select()
      .from(tasks)
      .where(and(eq(tasks.owner, actor.id), eq(tasks.status, status)))
      .orderBy(...newestFirst)
      .limit(pageSize),
  list: (actor) =>
    db
      .select()
      .from(tasks)
      .where(eq(tasks.owner, actor.id))
      .orderBy(...newestFirst)
      .limit(pageSize),
}

const relational: DataSide = {
  get: (actor, id) =>
    db.query.tasks.findFirst({ where: and(eq(tasks.id, id), eq(tasks.owner, actor.id)) }),
  policy: (actor, status) =>
    db.query.tasks.findMany({
      where: and(eq(tasks.owner, actor.id), eq(tasks.status, status)),
      orderBy: newestFirst,
      limit: pageSize,
    }),
  list: (actor) =>
    db.query.tasks.findMany({
      where: eq(tasks.owner, actor.id),
      orderBy: newestFirst,
      limit: pageSize,
    }),
}

function prepared(): DataSide {
  const owned = eq(tasks.owner, sql.placeholder('owner'))
  const getTask = db
    .select()
    .from(tasks)
    .where(and(eq(tasks.id, sql.placeholder('id')), owned))
    .prepare('task')
  const tasksOfStatus = db
    .select()
    .from(tasks)
    .where(and(owned, eq(tasks.status, sql.placeholder('status'))))
    .orderBy(...newestFirst)
    .limit(pageSize)
    .prepare('tasks of status')
  const newestTasks = db
    .select()
    .from(tasks)
    .where(owned)
    .orderBy(...newestFirst)
    .limit(pageSize)
    .prepare('tasks')
  return {
    get: async (actor, id) => (await getTask.execute({ id, owner: actor.id }))[0],
    policy: (actor, status) => tasksOfStatus.execute({ owner: actor.id, status }),
    list: (actor) => newestTasks.execute({ owner: actor.id }),
  }
}

if (variant === 'prepared') serveSide(prepared())
else serveSide(variant === 'relational' ? relational : built)
