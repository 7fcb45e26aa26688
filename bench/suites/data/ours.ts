/**
 * Our side: tables with owner-scoped policies, read and written through them. Nothing is switched off.
 *
 * `node ours.ts FILE|URL [migrate]`
 */
import { id, many, one, open, ref, schema, table, timestamp } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { witnessOf } from '../../peers/data/sqlite/witness.ts'
import { serveSide } from './serve.ts'
import { boardsIncluded, pageSize } from './side.ts'

const [location = '', only] = process.argv.slice(2)

const usersTable = table(
  'users',
  { id: id(), email: v.string(), name: v.string() },
  { unique: [['email']], policy: { read: () => true } },
)
const boardsTable = table(
  'boards',
  { id: id(), owner: ref(usersTable), title: v.string(), createdAt: timestamp({ default: 'now' }) },
  { indexes: [['owner', 'createdAt']], policy: { all: (actor) => ({ owner: actor.id }) } },
)
const tasksTable = table(
  'tasks',
  {
    id: id(),
    board: ref(boardsTable),
    owner: ref(usersTable, { default: 'actor' }),
    title: v.string(),
    notes: v.nullable(v.string()),
    status: v.string(),
    position: v.pipe(v.number(), v.integer()),
    done: v.boolean(),
    createdAt: timestamp({ default: 'now' }),
  },
  {
    indexes: [
      ['owner', 'createdAt'],
      ['board', 'position'],
    ],
    policy: { all: (actor) => ({ owner: actor.id }) },
  },
)
const commentsTable = table(
  'comments',
  {
    id: id(),
    task: ref(tasksTable),
    author: ref(usersTable),
    body: v.string(),
    createdAt: timestamp({ default: 'now' }),
  },
  { indexes: [['task', 'createdAt'], ['author']], policy: { read: () => true } },
)
const { users, boards, tasks, comments } = schema(
  { users: usersTable, boards: boardsTable, tasks: tasksTable, comments: commentsTable },
  {
    relations: {
      boards: { tasks: many('tasks', 'board') },
      tasks: { comments: many('comments', 'task') },
      comments: { by: one('users', 'author') },
    },
  },
)

const all = [users, boards, tasks, comments]
const onPostgres = location.startsWith('postgres:')
const db = await open(onPostgres ? postgres(location, all) : sqlite(location, all))
await db.migrate()

if (only === 'migrate') await db.close()
else serve()

function serve(): void {
  serveSide(
    {
      get: (actor, key) => db.as(actor).get(tasks, key),
      policy: async (actor, status) => {
        const query = {
          where: { status },
          orderBy: { createdAt: 'desc' },
          limit: pageSize,
        } as const
        return (await db.as(actor).list(tasks, query)).items
      },
      list: async (actor) => {
        const query = { orderBy: { createdAt: 'desc' }, limit: pageSize } as const
        return (await db.as(actor).list(tasks, query)).items
      },
      include: async (actor) => {
        const page = await db.as(actor).list(boards, {
          orderBy: { createdAt: 'asc' },
          limit: boardsIncluded,
          include: {
            tasks: {
              orderBy: { position: 'asc' },
              include: { comments: { orderBy: { createdAt: 'asc' }, include: { by: true } } },
            },
          },
        })
        return page.items
      },
      createMany: (actor, rows) => db.as(actor).createMany(tasks, rows),
      stream: async (actor, visit) => {
        for await (const row of db.as(actor).stream(comments)) visit(row)
      },
    },
    onPostgres ? {} : { witness: witnessOf(location) },
  )
}
