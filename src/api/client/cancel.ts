/** Settles as the promise does, or rejects with the signal's reason if that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** A timer of more than some 24 days would end at once. */
const LONGEST = 2 ** 31 - 1

/** Resolves after so many milliseconds; rejects when it is aborted. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, LONGEST))
  })
  return orAborted(waited, signal).finally(() => clearTimeout(timer))
}

/** A signal that is also aborted, with `reason`, unless it is cleared in time. */
export interface Timeout {
  readonly signal: AbortSignal | undefined
  clear(): void
}

export function createTimeout(
  milliseconds: number | undefined,
  signal: AbortSignal | undefined,
  reason: () => Error,
): Timeout {
  if (milliseconds === undefined) return { signal, clear() {} }
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(reason()), milliseconds)
  return { signal: anyOf(controller.signal, signal), clear: () => clearTimeout(timer) }
}

/** The signal that is aborted as soon as one of them is. */
export function anyOf(own: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([own, signal]) : own
}
