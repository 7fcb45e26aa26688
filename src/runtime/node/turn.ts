let ending: Promise<void> | undefined

/**
 * Resolves when the event loop has called back for everything that had arrived: at once for a lone
 * request, after the others' for one of many.
 *
 * A write hands the processor over to the client that waits for it and comes back to cold caches.
 * Answers that are written one after another, and not each between two requests, took a busy server
 * from 130 us of processor time a request to 50 (see docs/decisions/045).
 */
export function endOfTurn(): Promise<void> {
  ending ??= new Promise((resolve) => {
    setImmediate(() => {
      ending = undefined
      resolve()
    })
  })
  return ending
}

/**
 * Lets so many go on in one turn of the event loop, in the order in which they came, and the others in
 * the turns that follow: a thousand that go on together would hold up everything else.
 */
export function createTurns(together: number): () => Promise<void> {
  const waiting: (() => void)[] = []
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (waiting.push(resolve) === 1) setImmediate(release)
    return promise
  }

  function release(): void {
    const next = waiting.splice(0, together)
    if (waiting.length > 0) setImmediate(release)
    for (const resolve of next) resolve()
  }
}
