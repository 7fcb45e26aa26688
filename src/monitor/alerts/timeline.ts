import type { Clock } from '../../kernel/index.ts'
import type { Moment } from './incident.ts'

/** The moments at which rules are looked at. */
export interface Timeline {
  /** The next one; undefined when it is too early. */
  next(): Moment | undefined
}

/** Looks that may be missed before nobody knows what was between. */
const GAP = 5
/** Timers come early by a little. */
const EARLY = 0.9

/**
 * Creates a time that passes as the clock does, but never goes back: where the clock was put back, no
 * time has passed.
 */
export function createTimeline(clock: Clock, every: number): Timeline {
  let last = clock.now()
  let time = 0
  let looked = 0
  return {
    next() {
      const now = clock.now()
      const passed = Math.max(0, now - last)
      last = now
      time += passed
      if (time - looked < every * EARLY) return undefined
      const gap = time - looked > every * GAP
      looked = time
      return { now, time, gap }
    },
  }
}
