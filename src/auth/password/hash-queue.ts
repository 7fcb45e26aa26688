import { overloaded } from '../errors.ts'

/** Runs work when its turn comes. */
export type Queue = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>

export interface QueueOptions {
  /** How many pieces of work run at once. */
  readonly running: number
  /** How many may wait for their turn. */
  readonly waiting: number
}

const RETRY_SECONDS = 5

/**
 * Returns a queue that bounds how much is computed at once: a password hash takes a core and 19 MiB,
 * so a flood of sign-ins would otherwise take them all. Beyond `waiting` work is refused at once with
 * `overloaded` (503); work whose signal is aborted leaves the queue.
 */
export function createQueue({ running, waiting }: QueueOptions): Queue {
  let active = 0
  const turns: Set<() => void> = new Set()

  return async (work, signal) => {
    signal?.throwIfAborted()
    if (active < running) active += 1
    else await takeTurn(signal)
    try {
      return await work()
    } finally {
      passOn()
    }
  }

  /** Resolves when a place is handed over: `active` counts it all the while. */
  function takeTurn(signal: AbortSignal | undefined): Promise<void> {
    if (turns.size >= waiting) return Promise.reject(overloaded(RETRY_SECONDS))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        turns.delete(enter)
        reject(signal?.reason)
      }
      const enter = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      turns.add(enter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  function passOn(): void {
    const [next] = turns
    if (!next) {
      active -= 1
      return
    }
    turns.delete(next)
    next()
  }
}
