import { PlinthError } from '../../kernel/index.ts'

/** Places for requests at work, and a bounded line of those that wait for one. */
export interface Queue {
  /** Takes a place: at once, or when one is free. Throws or rejects with `overloaded` (503). */
  enter(signal: () => AbortSignal): Promise<void> | undefined
  leave(): void
  /** Whether nobody is in it. */
  readonly empty: boolean
}

interface Waiting {
  readonly admit: () => void
}

export interface QueueOptions {
  readonly limit: number
  readonly queue: number
  /** Milliseconds. */
  readonly wait: number
}

export function createQueue({ limit, queue, wait }: QueueOptions): Queue {
  const line = new Set<Waiting>()
  let working = 0
  return {
    enter(signal) {
      if (working < limit) {
        working += 1
        return undefined
      }
      if (line.size >= queue) throw full(wait)
      return stand(signal())
    },
    leave() {
      const [next] = line
      // The place goes from one to the next: nobody who comes just now is faster.
      if (next) next.admit()
      else working -= 1
    },
    get empty() {
      return working === 0 && line.size === 0
    },
  }

  function stand(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = {
      admit() {
        step()
        resolve()
      },
    }
    const giveUp = () => {
      step()
      reject(signal.aborted ? signal.reason : full(wait))
    }
    const step = () => {
      line.delete(waiting)
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
    const timer = setTimeout(giveUp, wait)
    line.add(waiting)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
    return promise
  }
}

function full(wait: number): PlinthError<'overloaded'> {
  const seconds = Math.max(1, Math.ceil(wait / 1000))
  return new PlinthError('overloaded', 'Too many requests are at work. Try again shortly.', {
    status: 503,
    headers: { 'retry-after': String(seconds) },
  })
}
