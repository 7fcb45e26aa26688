import { misuse } from '../../kernel/index.ts'

/** Returns a whole number within its bounds, or throws naming the option. */
export function wholeNumber(
  place: string,
  name: string,
  { value, min, max }: { readonly value: number; readonly min: number; readonly max: number },
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw misuse(place, `${name} is ${String(value)}; expected a whole number from ${min} to ${max}`)
}

/** Returns the name of a limit, or throws: it is written in header fields. */
export function nameOf(place: string, name: string | undefined): string | undefined {
  if (name === undefined || /^[\w.:-]{1,64}$/.test(name)) return name
  throw misuse(place, `name is "${name}"; expected 1 to 64 letters, digits, and _ . : -`)
}
