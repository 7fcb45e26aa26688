import { setTimeout as sleep } from 'node:timers/promises'
import { PlinthError } from '../../../kernel/index.ts'

const FIRST_MS = 1
const LONGEST_MS = 5

/** Tests whether another process holds the lock that was asked for. */
export function isBusy(error: unknown): error is PlinthError<'busy'> {
  return error instanceof PlinthError && error.code === 'busy'
}

/**
 * Waits before the next attempt at a lock: longer each time up to a limit, and never in step with
 * other processes. SQLite's own waiting would block the event loop, so it is switched off.
 */
export async function pause(attempt: number): Promise<void> {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10))
  await sleep(ceiling * (0.5 + Math.random() / 2))
}

/** Runs `action` until it is not refused a lock, at most for `timeout` milliseconds. */
export async function patiently<T>(action: () => T, timeout: number): Promise<T> {
  const deadline = performance.now() + timeout
  for (let attempt = 0; ; attempt += 1) {
    try {
      return action()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await pause(attempt)
  }
}
