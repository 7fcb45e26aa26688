/** Values by name, once their types no longer matter. */
export type Values = Readonly<Record<string, unknown>>

/** What is undefined or null is left out; a list is given once for each of its items. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** The text of a value in a URL, a header or a form. */
export function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}
