/**
 * Lets the process end though the timer runs: telemetry alone keeps none alive. Timers of the web are
 * numbers, and keep none alive anyway.
 */
export function release(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
    if (typeof timer.unref === 'function') timer.unref()
  }
}
