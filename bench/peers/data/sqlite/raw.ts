/**
 * The peers `raw` and `where`: prepared statements on better-sqlite3, as a careful engineer writes
 * them. `raw` gets a row by its id alone; `where` also asks for the owner, as a policy would.
 *
 * `node raw.ts FILE [where]`
 */
import { serveSide } from '../../../suites/data/serve.ts'
import { boardsIncluded, type DataSide, pageSize, type Visited } from '../../../suites/data/side.ts'
import type { BoardRow, CommentRow, TaskRow, UserRow } from '../dataset.ts'
import { uuidv7 } from '../uuid.ts'
import { openFile } from './open.ts'
import { witnessOf } from './witness.ts'

const [file = '', variant] = process.argv.slice(2)
const db = openFile(file)

type Included = BoardRow & { tasks: (TaskRow & { comments: (CommentRow & { by?: UserRow })[] })[] }

const newest = 'ORDER BY "createdAt" DESC, id DESC LIMIT ?'
const among = 'IN (SELECT value FROM json_each(?))'
const sql = {
  task: db.prepare<[string]>('SELECT * FROM tasks WHERE id = ?'),
  ownTask: db.prepare<[string, string]>('SELECT * FROM tasks WHERE id = ? AND owner = ?'),
  tasksOfStatus: db.prepare<[string, string, number]>(
    `SELECT * FROM tasks WHERE owner = ? AND status = ? ${newest}`,
  ),
  tasks: db.prepare<[string, number]>(`SELECT * FROM tasks WHERE owner = ? ${newest}`),
  boards: db.prepare<[string, number], Included>(
    'SELECT * FROM boards WHERE owner = ? ORDER BY "createdAt", id LIMIT ?',
  ),
  tasksOn: db.prepare<[string], Included['tasks'][number]>(
    `SELECT * FROM tasks WHERE board ${among} ORDER BY position, id`,
  ),
  commentsOn: db.prepare<[string], Included['tasks'][number]['comments'][number]>(
    `SELECT * FROM comments WHERE task ${among} ORDER BY "createdAt", id`,
  ),
  users: db.prepare<[string], UserRow>(`SELECT * FROM users WHERE id ${among}`),
  createTask: db.prepare(
    `INSERT INTO tasks (id, board, owner, title, notes, status, position, done, "createdAt")
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  comments: db.prepare<[], Visited>('SELECT * FROM comments'),
}

const createMany = db.transaction<NonNullable<DataSide['createMany']>>((actor, rows) => {
  for (const { board, title, notes, status, position, done } of rows) {
    const owner = actor.id
    const values = [board, owner, title, notes, status, position, done ? 1 : 0, Date.now()]
    sql.createTask.run(uuidv7(), ...values)
  }
})

const where: DataSide = {
  get: (actor, id) => sql.ownTask.get(id, actor.id),
  policy: (actor, status) => sql.tasksOfStatus.all(actor.id, status, pageSize),
}

const raw: DataSide = {
  get: (_actor, id) => sql.task.get(id),
  list: (actor) => sql.tasks.all(actor.id, pageSize),
  include: (actor) => {
    const boards = sql.boards.all(actor.id, boardsIncluded)
    const tasks = sql.tasksOn.all(idsOf(boards))
    const comments = sql.commentsOn.all(idsOf(tasks))
    const authors = new Set(comments.map((comment) => comment.author))
    const users = new Map(
      sql.users.all(JSON.stringify([...authors])).map((user) => [user.id, user]),
    )
    const boardsById = new Map(boards.map((board) => [board.id, board]))
    const tasksById = new Map(tasks.map((task) => [task.id, task]))
    for (const board of boards) board.tasks = []
    for (const task of tasks) {
      task.comments = []
      boardsById.get(task.board)?.tasks.push(task)
    }
    for (const comment of comments) {
      const by = users.get(comment.author)
      if (by !== undefined) comment.by = by
      tasksById.get(comment.task)?.comments.push(comment)
    }
    return boards
  },
  createMany: (actor, rows) => createMany(actor, rows),
  stream: (_actor, visit) => {
    for (const row of sql.comments.iterate()) visit(row)
  },
}

function idsOf(rows: readonly { id: string }[]): string {
  return JSON.stringify(rows.map((row) => row.id))
}

if (variant === 'where') serveSide(where)
else serveSide(raw, { witness: witnessOf(file), unguarded: true })
