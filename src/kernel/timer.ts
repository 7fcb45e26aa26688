/**
 * Lets the process end although a timer runs, where timers keep processes alive: what is done by the way
 * keeps none. Returns the timer.
 *
 * ```ts
 * import { release } from 'plinth/kernel'
 *
 * const timer = release(setTimeout(() => console.log('a minute is over'), 60_000))
 * clearTimeout(timer)
 * ```
 */
export function release<T>(timer: T): T {
  // Timers of the web are numbers, and keep no process alive anyway.
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
    if (typeof timer.unref === 'function') timer.unref()
  }
  return timer
}
