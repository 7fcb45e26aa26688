import { NOTHING, type Totals } from './source.ts'

/** What happened in the last so many milliseconds. */
export interface Window {
  /** Takes the totals as they are at a moment that is not before the last; answers with what came in the window. */
  add(time: number, totals: Totals): Totals
}

/** Moments that a window remembers, whatever its length: it is a sixtieth too long at the most. */
const RESOLUTION = 60

/** Creates a window. Until it has been watched that long, it is as long as it has been watched. */
export function createWindow(length: number): Window {
  const step = length / RESOLUTION
  let moments: { readonly time: number; readonly totals: Totals }[] = []
  return {
    add(time, totals) {
      const newest = moments.at(-1)
      if (!newest || time - newest.time >= step) moments.push({ time, totals })
      const from = moments.findLastIndex((moment) => moment.time <= time - length)
      if (from > 0) moments = moments.slice(from)
      return difference(totals, moments[0]?.totals ?? NOTHING)
    },
  }
}

function difference(now: Totals, before: Totals): Totals {
  return {
    count: now.count - before.count,
    sum: now.sum - before.sum,
    buckets: now.buckets.map((value, at) => value - (before.buckets[at] ?? 0)),
  }
}
