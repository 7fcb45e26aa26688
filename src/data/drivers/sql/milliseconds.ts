import { misuse } from '../../../kernel/index.ts'

/** The longest wait that timers can measure. */
const MAX_MILLISECONDS = 2 ** 31 - 1

/** Throws unless `value` is a time that timers can measure. */
export function assertMilliseconds(place: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= MAX_MILLISECONDS) return
  const given = typeof value === 'string' ? JSON.stringify(value) : String(value)
  const expected = `expected milliseconds, above 0 and up to ${MAX_MILLISECONDS}`
  throw misuse(place, `is ${given}; ${expected}`)
}
