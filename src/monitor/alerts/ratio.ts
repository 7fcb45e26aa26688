import type { Metrics } from '../metrics.ts'
import { countAbove } from './quantile.ts'
import type { Selected } from './selection.ts'
import { createSource, type Totals } from './source.ts'
import { createWindow } from './window.ts'

/** How many of all were bad. */
export interface Portion {
  readonly bad: number
  readonly all: number
}

/** Follows two selections over several windows at once; answers with a portion for each. */
export function createRatio(
  { bad, all }: { readonly bad: Selected; readonly all: Selected },
  lengths: readonly number[],
): (metrics: Metrics, time: number) => readonly Portion[] {
  const sides = [bad, all].map((selected) => ({
    selected,
    source: createSource(selected),
    windows: lengths.map(createWindow),
  }))
  return (metrics, time) => {
    const [bads = [], alls = []] = sides.map(({ selected, source, windows }) => {
      const totals = source.read(metrics)
      return windows.map((window) => countOf(window.add(time, totals), selected, source.bounds))
    })
    return alls.map((each, at) => ({ bad: bads[at] ?? 0, all: each }))
  }
}

function countOf(seen: Totals, { above }: Selected, bounds: readonly number[]): number {
  if (above === undefined) return seen.count
  return countAbove(above, { bounds, counts: seen.buckets })
}
