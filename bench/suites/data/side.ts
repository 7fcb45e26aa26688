import type { CommentRow, NewTask } from '../../peers/data/dataset.ts'

export type MaybePromise<T> = T | Promise<T>

/** On whose behalf a call is made. */
export interface Actor {
  readonly id: string
  readonly roles: readonly string[]
}

/**
 * What a side can do. Every call begins as a request does, with who asks: a handle bound to the
 * actor, a forked identity map or whatever the library has for that is made within the call.
 */
export interface DataSide {
  /** The actor's task with this id, all columns; null or undefined when it is somebody else's. */
  readonly get?: (actor: Actor, id: string) => MaybePromise<unknown>
  /** The actor's newest fifty tasks of that status. */
  readonly policy?: (actor: Actor, status: string) => MaybePromise<readonly unknown[]>
  /** The actor's newest fifty tasks. */
  readonly list?: (actor: Actor) => MaybePromise<readonly unknown[]>
  /**
   * The actor's oldest five boards, each with its `tasks` by position, each with its `comments`,
   * oldest first, each with the user who wrote it as `by`.
   */
  readonly include?: (actor: Actor) => MaybePromise<readonly unknown[]>
  /** Stores the rows as the actor's, durably and all at once, with ids and times of its own making. */
  readonly createMany?: (actor: Actor, rows: readonly NewTask[]) => MaybePromise<unknown>
  /** Shows every comment there is to `visit`, without holding all of them. */
  readonly stream?: (actor: Actor, visit: (row: Visited) => void) => MaybePromise<void>
}

/** A streamed comment; instants are a `Date` where the library makes them one. */
export type Visited = Pick<CommentRow, 'id' | 'body'> & { readonly createdAt: Date | number }

export const pageSize = 50
export const boardsIncluded = 5
export const rowsCreated = 10_000

/** A page of an API that has cursors or offsets and no streams. */
export const streamBatch = 1000
