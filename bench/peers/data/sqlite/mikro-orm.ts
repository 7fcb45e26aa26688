/**
 * The peer `mikro-orm`: MikroORM 7, a forked entity manager for each call, as a request has it.
 * Reading goes without the identity map, which is quicker where nothing is changed.
 *
 * `node mikro-orm.ts FILE`
 */
import { defineEntity, p } from '@mikro-orm/core'
import { MikroORM } from '@mikro-orm/sqlite'
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, pageSize } from '../../../suites/data/side.ts'
import { uuidv7 } from '../uuid.ts'
import { pragmas } from './open.ts'
import { witnessOf } from './witness.ts'

const [file = ''] = process.argv.slice(2)

const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: { id: p.text().primary(), email: p.text().unique(), name: p.text() },
})

const Board = defineEntity({
  name: 'Board',
  tableName: 'boards',
  properties: {
    id: p.text().primary(),
    owner: () => p.manyToOne(User).mapToPk().fieldName('owner'),
    title: p.text(),
    createdAt: p.datetime().fieldName('createdAt'),
    tasks: () => p.oneToMany(Task).mappedBy('board'),
  },
})

const Task = defineEntity({
  name: 'Task',
  tableName: 'tasks',
  properties: {
    id: p.text().primary(),
    board: () => p.manyToOne(Board).mapToPk().fieldName('board'),
    owner: () => p.manyToOne(User).mapToPk().fieldName('owner'),
    title: p.text(),
    notes: p.text().nullable(),
    status: p.text(),
    position: p.integer(),
    done: p.boolean(),
    createdAt: p.datetime().fieldName('createdAt'),
    comments: () => p.oneToMany(Comment).mappedBy('task'),
  },
})

const Comment = defineEntity({
  name: 'Comment',
  tableName: 'comments',
  properties: {
    id: p.text().primary(),
    task: () => p.manyToOne(Task).mapToPk().fieldName('task'),
    author: p.text(),
    by: () => p.manyToOne(User).fieldName('author').persist(false),
    body: p.text(),
    createdAt: p.datetime().fieldName('createdAt'),
  },
})

const orm = await MikroORM.init({
  entities: [User, Board, Task, Comment],
  dbName: file,
})

// The driver holds one connection, so that its settings last.
for (const pragma of pragmas) await orm.em.getConnection().execute(`PRAGMA ${pragma}`)

const reading = { disableIdentityMap: true } as const
const newestFirst = { createdAt: 'desc', id: 'desc' } as const

serveSide(
  {
    get: (actor, id) => orm.em.fork().findOne(Task, { id, owner: actor.id }, reading),
    policy: (actor, status) =>
      orm.em
        .fork()
        .find(
          Task,
          { owner: actor.id, status },
          { ...reading, orderBy: newestFirst, limit: pageSize },
        ),
    list: (actor) =>
      orm.em
        .fork()
        .find(Task, { owner: actor.id }, { ...reading, orderBy: newestFirst, limit: pageSize }),
    include: async (actor) => {
      const boards = await orm.em.fork().find(
        Board,
        { owner: actor.id },
        {
          populate: ['tasks.comments.by'],
          orderBy: {
            createdAt: 'asc',
            id: 'asc',
            tasks: { position: 'asc', id: 'asc', comments: { createdAt: 'asc', id: 'asc' } },
          },
          limit: boardsIncluded,
        },
      )
      return boards
    },
    createMany: (actor, rows) =>
      orm.em.fork().transactional(async (em) => {
        const data = rows.map((row) => ({
          ...row,
          id: uuidv7(),
          owner: actor.id,
          createdAt: new Date(),
        }))
        await em.insertMany(Task, data)
      }),
    stream: async (_actor, visit) => {
      for await (const row of orm.em.fork().stream(Comment)) visit(row)
    },
  },
  { witness: witnessOf(file) },
)
