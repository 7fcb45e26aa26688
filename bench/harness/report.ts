import { median, spread } from './rounds.ts'
import type { Comparison } from './suite.ts'

/** One case of the report; a ratio above 1 means that ours is better. */
export interface Row {
  readonly suite: string
  readonly case: string
  readonly unit: string
  /** The median of our side; null when it was not measured or was refused. */
  readonly ours: number | null
  readonly peers: Record<string, number>
  readonly ratio: Record<string, number>
  /** Interquartile range as a share of the median, for each side. */
  readonly spread: Record<string, number>
}

export function toRow(suite: string, { case: name, unit, better, sides }: Comparison): Row {
  const ours = sides.get('ours')
  const peers = new Map([...sides].filter(([side]) => side !== 'ours'))
  const ofEach = (figure: (figures: readonly number[]) => number, of = sides) =>
    Object.fromEntries([...of].map(([side, figures]) => [side, rounded(figure(figures))]))
  return {
    suite,
    case: name,
    unit,
    ours: ours ? rounded(median(ours)) : null,
    peers: ofEach(median, peers),
    ratio: ours ? ofEach((theirs) => ratioOf(ours, theirs, better), peers) : {},
    spread: ofEach(spread),
  }
}

/**
 * The median of the ratios of each round: what slows a machine down for longer than a round slows both
 * sides of it. What is no measurement, as a budget, stands in every round.
 */
function ratioOf(
  ours: readonly number[],
  theirs: readonly number[],
  better: Comparison['better'],
): number {
  const quotients = ours.map((own, round) => own / (theirs[round % theirs.length] ?? Number.NaN))
  return median(better === 'higher' ? quotients : quotients.map((quotient) => 1 / quotient))
}

/** A table for people: a line per side, its median, its spread, and how many times better ours is. */
export function toTable(rows: readonly Row[]): string {
  const cells = [['suite', 'case', 'side', 'median', 'unit', 'spread', 'ours is']]
  for (const row of rows) {
    const sides = row.ours === null ? row.peers : { ours: row.ours, ...row.peers }
    for (const [name, value] of Object.entries(sides)) {
      const ratio = row.ratio[name]
      cells.push([
        row.suite,
        row.case,
        name,
        String(value),
        row.unit,
        `${((row.spread[name] ?? 0) * 100).toFixed(1)} %`,
        ratio === undefined ? '' : `${ratio} x`,
      ])
    }
  }
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((c) => c[i]?.length ?? 0)))
  const toLine = (line: string[]): string =>
    line
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
  return cells.map((line) => toLine(line).trimEnd()).join('\n')
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
