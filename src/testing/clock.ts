import type { Clock } from '../kernel/index.ts'

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves the time on, or back, by so many milliseconds. */
  advance(milliseconds: number): void
  /** Moves the time to an instant. */
  set(instant: Date | string): void
}

/**
 * Creates a clock for tests: pass it as `clock` to `backend()` or `open()` and move it at will.
 *
 * ```ts
 * import { createFakeClock } from 'plinth/testing'
 *
 * const clock = createFakeClock('2026-01-01T00:00:00Z')
 * clock.advance(60_000)
 * console.log(new Date(clock.now()).toISOString()) // 2026-01-01T00:01:00.000Z
 * ```
 */
export function createFakeClock(start: Date | string = '2026-01-01T00:00:00Z'): FakeClock {
  let now = new Date(start).getTime()
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds
    },
    set: (instant) => {
      now = new Date(instant).getTime()
    },
  }
}
