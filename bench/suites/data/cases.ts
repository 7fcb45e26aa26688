/** The calls of each case and the answers that are right, as each side's own process makes them. */
import * as dataset from '../../peers/data/dataset.ts'
import { type Actor, boardsIncluded, type DataSide, type MaybePromise, pageSize } from './side.ts'

export type ReadCase = 'get' | 'policy' | 'list' | 'include'

export interface Call {
  readonly make: () => MaybePromise<unknown>
  /** Looks at the answer just long enough to notice a wrong one; runs within the measurement. */
  readonly glance: (answer: unknown) => boolean
  readonly expected: () => unknown
}

/** So many owners ask in turn: what they read stays in SQLite's cache and in no JIT's constants. */
const actors = 20

/** The calls of a case, walked through again and again; none where the side does not have the case. */
export function callsOf(side: DataSide, name: ReadCase): Call[] | undefined {
  const { get, policy, list, include } = side
  if (name === 'get' && get)
    return forTasks((actor, owner, place) => getCall(get, { actor, owner, place }))
  if (name === 'policy' && policy) {
    return forActors((actor, owner) =>
      pageCall(
        () => policy(actor, 'open'),
        newestOf(owner, (task) => task.status === 'open'),
      ),
    )
  }
  if (name === 'list' && list) {
    return forActors((actor, owner) => pageCall(() => list(actor), newestOf(owner)))
  }
  if (name === 'include' && include) {
    return forActors((actor, owner) => ({
      make: () => include(actor),
      glance: (answer) => (answer as readonly unknown[]).length === boardsIncluded,
      expected: () => boardsOf(owner),
    }))
  }
  return undefined
}

export function actorOf(owner: number): Actor {
  return { id: dataset.user(owner).id, roles: [] }
}

/** What nobody but its owner may find: a call of `actor` 0 for a task of `actor` 1. */
export function strangersTask(): { actor: Actor; id: string } {
  return { actor: actorOf(0), id: dataset.task(1).id }
}

function forActors(toCall: (actor: Actor, owner: number) => Call): Call[] {
  return Array.from({ length: actors }, (_, owner) => toCall(actorOf(owner), owner))
}

function forTasks(toCall: (actor: Actor, owner: number, place: number) => Call): Call[] {
  return Array.from({ length: dataset.tasksPerOwner }, (_, place) =>
    forActors((actor, owner) => toCall(actor, owner, place)),
  ).flat()
}

function getCall(
  get: NonNullable<DataSide['get']>,
  { actor, owner, place }: { actor: Actor; owner: number; place: number },
): Call {
  const expected = dataset.task(place * dataset.owners + owner)
  return {
    make: () => get(actor, expected.id),
    glance: (answer) => (answer as { id: string }).id === expected.id,
    expected: () => expected,
  }
}

function pageCall(make: Call['make'], expected: readonly dataset.TaskRow[]): Call {
  const last = expected.at(-1)?.id
  return {
    make,
    glance: (answer) => (answer as readonly { id: string }[])[pageSize - 1]?.id === last,
    expected: () => expected,
  }
}

function newestOf(owner: number, matches = (_: dataset.TaskRow): boolean => true) {
  return Array.from({ length: dataset.tasksPerOwner }, (_, place) =>
    dataset.task(place * dataset.owners + owner),
  )
    .filter(matches)
    .reverse()
    .slice(0, pageSize)
}

function boardsOf(owner: number) {
  return Array.from({ length: boardsIncluded }, (_, place) => {
    const board = place * dataset.owners + owner
    return { ...dataset.board(board), tasks: tasksOn(owner, place) }
  })
}

function tasksOn(owner: number, boardPlace: number) {
  const tasksPerBoard = dataset.tasksPerOwner / dataset.boardsPerOwner
  return Array.from({ length: tasksPerBoard }, (_, position) => {
    const place = position * dataset.boardsPerOwner + boardPlace
    const task = place * dataset.owners + owner
    return { ...dataset.task(task), comments: commentsOn(task) }
  })
}

function commentsOn(task: number) {
  return Array.from({ length: dataset.commentsPerTask }, (_, place) => {
    const index = task * dataset.commentsPerTask + place
    const comment = dataset.comment(index)
    return { ...comment, by: dataset.user((index * 7 + 3) % dataset.owners) }
  })
}
