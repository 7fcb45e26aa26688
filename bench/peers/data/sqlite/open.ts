/** What all sides on SQLite share: the settings of a connection, and how rows get in. */
import Database from 'better-sqlite3'
import * as dataset from '../dataset.ts'

/** Ours at its defaults; those of the journal and of `synchronous` decide what a commit promises. */
export const pragmas = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'temp_store = MEMORY',
  'cache_size = -16000',
] as const

/** A connection with the settings of all sides. */
export function openFile(file: string): Database.Database {
  const db = new Database(file)
  for (const pragma of pragmas) db.pragma(pragma)
  return db
}

/** Writes all rows into tables that are there and empty. */
export function fill(db: Database.Database): void {
  const writers = {
    user: db.prepare('INSERT INTO users (id, email, name) VALUES (@id, @email, @name)'),
    board: db.prepare(
      'INSERT INTO boards (id, owner, title, "createdAt") VALUES (@id, @owner, @title, @createdAt)',
    ),
    task: db.prepare(
      `INSERT INTO tasks (id, board, owner, title, notes, status, position, done, "createdAt")
       VALUES (@id, @board, @owner, @title, @notes, @status, @position, @done, @createdAt)`,
    ),
    comment: db.prepare(
      `INSERT INTO comments (id, task, author, body, "createdAt")
       VALUES (@id, @task, @author, @body, @createdAt)`,
    ),
  }
  db.transaction(() => {
    for (let i = 0; i <= dataset.owners; i++) writers.user.run(dataset.user(i))
    for (let i = 0; i <= dataset.boards; i++) writers.board.run(dataset.board(i))
    for (let i = 0; i < dataset.tasks; i++) {
      const task = dataset.task(i)
      writers.task.run({ ...task, done: Number(task.done) })
    }
    for (let i = 0; i < dataset.comments; i++) writers.comment.run(dataset.comment(i))
  })()
  db.exec('ANALYZE')
  db.pragma('wal_checkpoint(TRUNCATE)')
}
