/**
 * The peer `drizzle-relational`: Drizzle's relational queries, built anew for each call.
 *
 * `node drizzle-relational.ts FILE`
 */
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, pageSize } from '../../../suites/data/side.ts'
import * as schema from './drizzle-tables.ts'
import { openFile } from './open.ts'

const [file = ''] = process.argv.slice(2)
const db = drizzle(openFile(file), { schema })

serveSide({
  get: (actor, id) =>
    db.query.tasks
      .findFirst({ where: (task, { and, eq }) => and(eq(task.id, id), eq(task.owner, actor.id)) })
      .sync(),
  policy: (actor, status) =>
    db.query.tasks
      .findMany({
        where: (task, { and, eq }) => and(eq(task.owner, actor.id), eq(task.status, status)),
        orderBy: (task, { desc }) => [desc(task.createdAt), desc(task.id)],
        limit: pageSize,
      })
      .sync(),
  list: (actor) =>
    db.query.tasks
      .findMany({
        where: (task, { eq }) => eq(task.owner, actor.id),
        orderBy: (task, { desc }) => [desc(task.createdAt), desc(task.id)],
        limit: pageSize,
      })
      .sync(),
  include: (actor) =>
    db.query.boards
      .findMany({
        where: (board, { eq }) => eq(board.owner, actor.id),
        orderBy: (board, { asc }) => [asc(board.createdAt), asc(board.id)],
        limit: boardsIncluded,
        with: {
          tasks: {
            orderBy: (task, { asc }) => [asc(task.position), asc(task.id)],
            with: {
              comments: {
                orderBy: (comment, { asc }) => [asc(comment.createdAt), asc(comment.id)],
                with: { by: true },
              },
            },
          },
        },
      })
      .sync(),
})
