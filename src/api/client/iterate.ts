import { anyOf } from './cancel.ts'
import { discard } from './text.ts'

/**
 * Iterates what a body brings, so that `return` ends a wait for more too, and so does `outer`. A body
 * of which nothing was asked for is cancelled.
 */
export function iterate<T>(
  { body }: Response,
  start: (signal: AbortSignal) => AsyncGenerator<T, undefined>,
  outer: AbortSignal | undefined,
): AsyncIterableIterator<T, undefined> {
  const controller = new AbortController()
  const items = start(anyOf(controller.signal, outer))
  const done = { done: true, value: undefined } as const
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () =>
      items.next().catch((error: unknown) => {
        if (controller.signal.aborted) return done
        throw error
      }),
    async return() {
      controller.abort()
      discard(body)
      await items.return(undefined)
      return done
    },
  }
}
