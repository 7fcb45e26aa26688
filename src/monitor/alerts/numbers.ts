import { misuse } from '../../kernel/index.ts'

/** The longest that is looked back or waited: timers of the platform know no longer one. */
const LONGEST = 2 ** 31 - 1

/** A number within bounds, or `misuse`. */
export function count(
  place: string,
  value: unknown,
  { least, most = Number.MAX_VALUE }: { readonly least: number; readonly most?: number },
): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  const range = most === Number.MAX_VALUE ? `of ${least} or more` : `from ${least} to ${most}`
  throw misuse(place, `is ${String(value)}; expected a number ${range}`)
}

/** Milliseconds, or `misuse`. */
export function milliseconds(place: string, value: unknown, least = 0): number {
  return count(place, value, { least, most: LONGEST })
}

/** A ratio below 1 as a text: `0.05` as `5 %`. */
export function toPercent(ratio: number): string {
  return `${shorten(ratio * 100)} %`
}

/** A number as people read it: four digits that count. */
export function shorten(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Milliseconds as a text: `300000` as `5 min`. */
export function toSpan(time: number): string {
  for (const [unit, size] of UNITS) if (time >= size) return `${shorten(time / size)} ${unit}`
  return `${time} ms`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const
