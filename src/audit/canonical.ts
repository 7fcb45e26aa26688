/**
 * Writes a value as canonical JSON (RFC 8785): without white space, the keys of objects in the order of
 * their UTF-16 units, numbers and strings as ECMAScript writes them. The same value always gives the same
 * text. What JSON does not have: instants become ISO 8601, bigints decimal digits.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return JSON.stringify(String(value))
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed())
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`)
  return `{${members.join(',')}}`
}
