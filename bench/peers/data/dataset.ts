/**
 * The rows that every side holds: a thousand owners with ten boards each, a hundred tasks on them
 * and ten comments on each task, by whoever. All of it follows from a row's number, so that any
 * answer can be checked without asking a database.
 */

export const owners = 1000
export const boardsPerOwner = 10
export const tasksPerOwner = 100
export const commentsPerTask = 10

export const boards = owners * boardsPerOwner
export const tasks = owners * tasksPerOwner
export const comments = tasks * commentsPerTask

/** The last user and the last board belong to nobody above: rows are created there, and deleted. */
export const importer = owners
export const importBoard = boards

const firstInstant = Date.UTC(2025, 0, 1)

export interface UserRow {
  readonly id: string
  readonly email: string
  readonly name: string
}

export interface BoardRow {
  readonly id: string
  readonly owner: string
  readonly title: string
  /** Milliseconds since the Unix epoch, as in every row here. */
  readonly createdAt: number
}

export interface TaskRow {
  readonly id: string
  readonly board: string
  readonly owner: string
  readonly title: string
  readonly notes: string | null
  readonly status: string
  readonly position: number
  readonly done: boolean
  readonly createdAt: number
}

export interface CommentRow {
  readonly id: string
  readonly task: string
  readonly author: string
  readonly body: string
  readonly createdAt: number
}

/** What a caller gives to create a task; id, owner and time of creation are the server's to fill in. */
export type NewTask = Omit<TaskRow, 'id' | 'owner' | 'createdAt'>

export function user(index: number): UserRow {
  return { id: idOf(1, index), email: `user${index}@example.com`, name: `User ${index}` }
}

export function board(index: number): BoardRow {
  return {
    id: idOf(2, index),
    owner: idOf(1, index === importBoard ? importer : index % owners),
    title: `Board ${index}`,
    createdAt: instant(index),
  }
}

/** Owners take turns, so that the tasks of one lie scattered among everybody's. */
export function task(index: number): TaskRow {
  const owner = index % owners
  const place = Math.floor(index / owners)
  return {
    id: idOf(3, index),
    board: idOf(2, owner + owners * (place % boardsPerOwner)),
    owner: idOf(1, owner),
    title: `Task ${index}: see to what was agreed`,
    notes: place % 3 === 0 ? null : `${index} What was said about it, and by whom. `.repeat(3),
    status: place % 5 === 4 ? 'done' : 'open',
    position: Math.floor(place / boardsPerOwner),
    done: place % 5 === 4,
    createdAt: instant(index),
  }
}

export function comment(index: number): CommentRow {
  return {
    id: idOf(4, index),
    task: idOf(3, Math.floor(index / commentsPerTask)),
    author: idOf(1, (index * 7 + 3) % owners),
    body: `Comment ${index}: looked at it, will come back to it.`,
    createdAt: instant(index),
  }
}

export function newTask(index: number): NewTask {
  const { title, notes, status, position, done } = task(index)
  return { board: idOf(2, importBoard), title, notes, status, position, done }
}

function instant(index: number): number {
  return firstInstant + index * 1000
}

/** A UUID of version 7, of the instant of that row. */
function idOf(kind: number, index: number): string {
  const time = instant(index).toString(16).padStart(12, '0')
  const serial = index.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-800${kind}-${serial}`
}
