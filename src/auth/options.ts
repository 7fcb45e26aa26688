import { misuse, type Secret } from '../kernel/index.ts'

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

/** Throws `misuse` for what is neither left out nor a function, such as the one of the example. */
export function assertFunction(value: unknown, place: string, example: string): void {
  if (value === undefined || typeof value === 'function') return
  throw misuse(place, `is ${nameOf(value)}; expected a function, such as ${example}`)
}

/** Throws `misuse` unless a value is true or false: text such as "false" would count as true. */
export function assertFlag(value: unknown, place: string): void {
  if (typeof value === 'boolean') return
  throw misuse(place, `is ${nameOf(value)}; expected true or false`)
}

/** What an option is that may hide itself. To be checked: it may be of any type. */
export function revealOption(option: string | Secret | null | undefined): unknown {
  return typeof option === 'object' && typeof option?.reveal === 'function'
    ? option.reveal()
    : option
}

/** What was given, without its value, which may be a secret. */
function nameOf(value: unknown): string {
  return value === null ? 'null' : `of the type ${typeof value}`
}
