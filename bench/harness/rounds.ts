/** One side of a comparison. Both functions throw `WrongAnswer` when the side answers wrongly. */
export interface Measured {
  readonly name: string
  /** Runs once before the first round, so that nobody is measured while still being compiled. */
  readonly settle: () => Promise<unknown>
  /** Measures once and resolves to the figure. */
  readonly measure: () => Promise<number>
}

/** Thrown when a side answers wrongly; the side is then left out of the report. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}

export interface Rounds {
  readonly sides: Map<string, number[]>
  readonly refused: Map<string, string>
}

/**
 * Measures every side once per round, in an order that moves by one each round, so that drift of the
 * machine (heat, a neighbour's load) falls on all sides alike.
 */
export async function alternate(sides: readonly Measured[], rounds: number): Promise<Rounds> {
  const figures = new Map(sides.map((side) => [side.name, [] as number[]]))
  const refused = new Map<string, string>()
  const unlessRefused = async (side: Measured, act: () => Promise<unknown>): Promise<void> => {
    if (refused.has(side.name)) return
    try {
      await act()
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      refused.set(side.name, error.message)
      figures.delete(side.name)
    }
  }
  for (const side of sides) await unlessRefused(side, side.settle)
  for (let round = 0; round < rounds; round++) {
    const first = round % sides.length
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
      await unlessRefused(side, async () => figures.get(side.name)?.push(await side.measure()))
    }
  }
  return { sides: figures, refused }
}

export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5)
}

/** The interquartile range as a share of the median: 0.05 means the middle half lies within 5 %. */
export function spread(figures: readonly number[]): number {
  return (quantile(figures, 0.75) - quantile(figures, 0.25)) / median(figures)
}

export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
