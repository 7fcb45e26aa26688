/**
 * Our side: tables with owner-scoped policies, read and written through them. Nothing is switched off.
 *
 * `node ours.ts FILE|URL [migrate]`
 */
import { id, open, ref, table, timestamp } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { witnessOf } from '../../peers/data/sqlite/witness.ts'
import { serveSide } from './serve.ts'
import { pageSize } from './side.ts'

const [location = '', only] = process.argv.slice(2)

const users = table(
  'users',
  { id: id(), email: v.string(), name: v.string() },
  {
    unique: [['email']],
    policy: { read: () => true },
  },
)
const boards = table(
  'boards',
  { id: id(), owner: ref(users), title: v.string(), createdAt: timestamp({ default: 'now' }) },
  { indexes: [['owner', 'createdAt']], policy: { all: (actor) => ({ owner: actor.id }) } },
)
const tasks = table(
  'tasks',
  {
    id: id(),
    board: ref(boards),
    owner: ref(users, { default: 'actor' }),
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
const comments = table(
  'comments',
  {
    id: id(),
    task: ref(tasks),
    author: ref(users),
    body: v.string(),
    createdAt: timestamp({ default: 'now' }),
  },
  { indexes: [['task', 'createdAt'], ['author']], policy: { read: () => true } },
)

const all = [users, boards, tasks, comments]
const onPostgres = location.startsWith('postgres:')
const db = await open(onPostgres ? postgres(location, all) : sqlite(location, all))
await db.migrate()

if (only !== 'migrate') {
  serveSide(
    {
      get: (actor, id) => db.as(actor).get(tasks, id),
      policy: async (actor, status) => {
        const page = await db
          .as(actor)
          .list(tasks, { where: { status }, orderBy: { createdAt: 'desc' }, limit: pageSize })
        return page.items
      },
      list: async (actor) => {
        const page = await db
          .as(actor)
          .list(tasks, { orderBy: { createdAt: 'desc' }, limit: pageSize })
        return page.items
      },
      createMany: (actor, rows) => db.as(actor).createMany(tasks, rows),
    },
    onPostgres ? {} : { witness: witnessOf(location) },
  )
}
