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

export function toRow(suite: string, comparison: Comparison): Row {
  const medians = new Map<string, number>()
  for (const [name, figures] of comparison.sides) medians.set(name, rounded(median(figures)))
  const ours = medians.get('ours') ?? null
  medians.delete('ours')
  const peers = Object.fromEntries(medians)
  const ratio: Record<string, number> = {}
  if (ours !== null) {
    for (const [name, theirs] of medians) {
      ratio[name] = rounded(comparison.better === 'higher' ? ours / theirs : theirs / ours)
    }
  }
  const spreads: Record<string, number> = {}
  for (const [name, figures] of comparison.sides) spreads[name] = rounded(spread(figures))
  return {
    suite,
    case: comparison.case,
    unit: comparison.unit,
    ours,
    peers,
    ratio,
    spread: spreads,
  }
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
