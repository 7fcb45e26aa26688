import { setTimeout as sleep } from 'node:timers/promises'
import { PlinthError } from '../../../kernel/index.ts'

/** How often a transaction is run before it is told that the database is busy. */
export const MAX_ATTEMPTS = 50

const FIRST_MS = 4
const LONGEST_MS = 200

/** Tests whether the database ended the work for the sake of another: run anew, it may succeed. */
export function isTransient(error: unknown): error is PlinthError<'busy'> {
  return error instanceof PlinthError && error.code === 'busy'
}

/** Runs what it is given one after the other. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>

/**
 * For those who were in each other's way: run one at a time, they no longer are, and the number of
 * attempts that anybody needs does not grow with the number of writers.
 */
export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task, task)
    last = result
    return result
  }
}

/**
 * Waits before the next attempt: a random part of a time that doubles, and is no shorter than the
 * attempt before took, so that those who were in each other's way spread out until they no longer are.
 */
export async function backOff(attempt: number, took: number): Promise<void> {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1))
  await sleep(Math.max(ceiling, took) * Math.random())
}
