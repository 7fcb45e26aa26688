import { misuse } from '../kernel/index.ts'

/** Where an option stands and what it may be. */
export interface NumberRange {
  readonly place: string
  readonly min: number
  readonly max: number
  /** Such as `ms`. */
  readonly unit?: string
}

/** Returns a whole number in range, or throws `misuse` naming all three. */
export function assertInteger(value: unknown, { place, min, max, unit }: NumberRange): number {
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value)
  const [from, to] = [min, max].map((bound) => bound.toLocaleString('en'))
  const range = `a whole number from ${from} to ${to}${unit ? ` ${unit}` : ''}`
  throw misuse(place, `is ${String(value)}; expected ${range}`)
}
