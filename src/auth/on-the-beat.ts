/** Milliseconds from one moment at which an answer may leave to the next. */
const BEAT = 10

/**
 * Runs work whose end shows at set moments after its beginning, and never between them: how long it
 * took, by which an address with an account could be told from one without, stays hidden. The first
 * moment is set before the work begins, so that nothing of the work moves it.
 */
export async function onTheBeat<const T>(work: () => Promise<T>): Promise<T> {
  let next = beat()
  let settled = false
  const running = work().finally(() => {
    settled = true
  })
  // Looked at below: until then a failure is nobody's.
  running.catch(() => undefined)
  do {
    await next
    next = beat()
  } while (!settled)
  return running
}

function beat(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BEAT))
}
