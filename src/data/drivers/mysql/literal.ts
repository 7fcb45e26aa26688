/**
 * Text as a literal. In digits where quoting would depend on what the session takes a backslash for:
 * what stands in quotes here ends at the second quote on every server. Converted from bytes, since MySQL
 * keeps a default as text that it writes itself: with backslashes, whatever it takes them for afterwards.
 */
export function textLiteral(text: string): string {
  if (!/['\\\p{Cc}]/u.test(text)) return `'${text}'`
  return `CONVERT(x'${Buffer.from(text).toString('hex')}' USING utf8mb4)`
}

/** A parameter as a literal. */
export function literal(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return `'${value.toISOString().slice(0, 23).replace('T', ' ')}'`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return textLiteral(String(value))
}
