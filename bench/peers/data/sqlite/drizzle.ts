/**
 * The peers `drizzle`, whose queries are built anew for each call, and `drizzle-prepared`, whose
 * queries are built once with placeholders, the relational one of `include` among them.
 *
 * `node drizzle.ts FILE [prepared]`
 */
import { and, asc, desc, eq, gt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, type DataSide, pageSize, streamBatch } from '../../../suites/data/side.ts'
import type { NewTask } from '../dataset.ts'
import { uuidv7 } from '../uuid.ts'
import * as schema from './drizzle-tables.ts'
import { boards, comments, tasks } from './drizzle-tables.ts'
import { openFile } from './open.ts'
import { witnessOf } from './witness.ts'

const [file = '', variant] = process.argv.slice(2)
const db = drizzle(openFile(file), { schema })
const newestFirst = [desc(tasks.createdAt), desc(tasks.id)]

/** Nine parameters a row, of 32,766 that SQLite takes. */
const rowsPerStatement = 3000

const built: DataSide = {
  get: (actor, id) =>
    db
      .select()
      .from(tasks)
      .where(and(eq(tasks.id, id), eq(tasks.owner, actor.id)))
      .get(),
  policy: (actor, status) =>
    db
      .select()
      .from(tasks)
      .where(and(eq(tasks.owner, actor.id), eq(tasks.status, status)))
      .orderBy(...newestFirst)
      .limit(pageSize)
      .all(),
  list: (actor) =>
    db
      .select()
      .from(tasks)
      .where(eq(tasks.owner, actor.id))
      .orderBy(...newestFirst)
      .limit(pageSize)
      .all(),
  createMany: (actor, rows) =>
    db.transaction((tx) => {
      for (let from = 0; from < rows.length; from += rowsPerStatement) {
        const values = rows
          .slice(from, from + rowsPerStatement)
          .map((row) => complete(row, actor.id))
        tx.insert(tasks).values(values).run()
      }
    }),
  stream: (_actor, visit) => {
    let after = ''
    for (;;) {
      const page = db
        .select()
        .from(comments)
        .where(gt(comments.id, after))
        .orderBy(asc(comments.id))
        .limit(streamBatch)
        .all()
      for (const row of page) visit(row)
      if (page.length < streamBatch) return
      after = page.at(-1)?.id ?? ''
    }
  },
}

function prepared(): DataSide {
  const owned = eq(tasks.owner, sql.placeholder('owner'))
  const getTask = db
    .select()
    .from(tasks)
    .where(and(eq(tasks.id, sql.placeholder('id')), owned))
    .prepare()
  const tasksOfStatus = db
    .select()
    .from(tasks)
    .where(and(owned, eq(tasks.status, sql.placeholder('status'))))
    .orderBy(...newestFirst)
    .limit(pageSize)
    .prepare()
  const newestTasks = db
    .select()
    .from(tasks)
    .where(owned)
    .orderBy(...newestFirst)
    .limit(pageSize)
    .prepare()
  const boardsWithAll = db.query.boards
    .findMany({
      where: eq(boards.owner, sql.placeholder('owner')),
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
    .prepare()
  const createTask = db
    .insert(tasks)
    .values({
      id: sql.placeholder('id'),
      board: sql.placeholder('board'),
      owner: sql.placeholder('owner'),
      title: sql.placeholder('title'),
      notes: sql.placeholder('notes'),
      status: sql.placeholder('status'),
      position: sql.placeholder('position'),
      done: sql.placeholder('done'),
      createdAt: sql.placeholder('createdAt'),
    })
    .prepare()
  const nextComments = db
    .select()
    .from(comments)
    .where(gt(comments.id, sql.placeholder('after')))
    .orderBy(asc(comments.id))
    .limit(streamBatch)
    .prepare()
  return {
    get: (actor, id) => getTask.get({ id, owner: actor.id }),
    policy: (actor, status) => tasksOfStatus.all({ owner: actor.id, status }),
    list: (actor) => newestTasks.all({ owner: actor.id }),
    include: (actor) => boardsWithAll.all({ owner: actor.id }),
    createMany: (actor, rows) =>
      db.transaction(() => {
        for (const row of rows) createTask.run(complete(row, actor.id))
      }),
    stream: (_actor, visit) => {
      let after = ''
      for (;;) {
        const page = nextComments.all({ after })
        for (const row of page) visit(row)
        if (page.length < streamBatch) return
        after = page.at(-1)?.id ?? ''
      }
    },
  }
}

function complete(row: NewTask, owner: string) {
  return { ...row, id: uuidv7(), owner, createdAt: new Date() }
}

serveSide(variant === 'prepared' ? prepared() : built, { witness: witnessOf(file) })
