/**
 * Text as a literal. In digits where quoting would depend on what the session takes a backslash for:
 * what stands in quotes here ends at the second quote on every server.
 */
export function textLiteral(text: string): string {
  return /['\\\0]/.test(text) ? `_utf8mb4 x'${Buffer.from(text).toString('hex')}'` : `'${text}'`
}

/** A parameter as a literal. */
export function literal(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return `'${value.toISOString().slice(0, 23).replace('T', ' ')}'`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return textLiteral(String(value))
}
