import type { Scope } from '../../kernel/index.ts'
import { inFlight } from './in-flight.ts'

/** Requests of this process that are at work, by what makes them the same. */
export interface Flights<Landed> {
  /**
   * Leads when nobody is at work on the same, and else waits for whoever is: when that left something,
   * follows it, and when it left nothing, leads or waits again. Rejects with `idempotency_in_flight`
   * (409) after `wait` milliseconds, or with the signal's reason when that ends the waiting.
   */
  join<Answer>(
    key: string,
    bounds: { readonly wait: number; readonly context: Pick<Scope, 'signal'> },
    roles: Roles<Landed, Answer>,
  ): Promise<Answer>
}

interface Roles<Landed, Answer> {
  readonly lead: () => Promise<{ readonly answer: Answer; readonly landed: Landed | undefined }>
  readonly follow: (landed: Landed) => Answer
}

export function createFlights<Landed>(): Flights<Landed> {
  const flights = new Map<string, Promise<Landed | undefined>>()

  return {
    async join(key, { wait, context }, { lead, follow }) {
      const flight = flights.get(key)
      if (flight) {
        const landed = await followed(key, flight, { wait, context })
        if (landed !== undefined) return follow(landed)
      }
      const { promise, resolve } = Promise.withResolvers<Landed | undefined>()
      flights.set(key, promise)
      let landed: Landed | undefined
      try {
        const outcome = await lead()
        landed = outcome.landed
        return outcome.answer
      } finally {
        flights.delete(key)
        resolve(landed)
      }
    },
  }

  /** What one of those at work left; undefined when there is nobody at work any more. */
  function followed(
    key: string,
    first: Promise<Landed | undefined>,
    { wait, context }: { readonly wait: number; readonly context: Pick<Scope, 'signal'> },
  ): Promise<Landed | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Landed | undefined>()
    const { signal } = context
    const leave = () => reject(signal?.reason)
    const timer = setTimeout(() => reject(inFlight()), wait)
    const watch = (flight: Promise<Landed | undefined>): void => {
      void flight.then((landed) => {
        const next = landed === undefined ? flights.get(key) : undefined
        if (next) watch(next)
        else resolve(landed)
      })
    }
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave)
    watch(first)
    return promise.finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    })
  }
}
