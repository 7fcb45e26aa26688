/**
 * Writes a value as JSON, or answers undefined for what JSON has no word for. Dates are written as
 * ISO 8601, big integers as strings: JSON's numbers would round them.
 */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
  }
}
