import type { JsonScalar } from '../sql/dialect.ts'
import { textLiteral } from './literal.ts'

/**
 * The scalar of one type at a path inside a JSON column; null where there is none of that type. The
 * path is part of the text: a parameter in it would have to be bound wherever the text is repeated.
 */
export function jsonValue(
  column: string,
  path: readonly string[],
  { as, collation }: { readonly as: JsonScalar; readonly collation: string },
): string {
  const value = at(column, path)
  const text = `CONVERT(JSON_UNQUOTE(${value}) USING utf8mb4) COLLATE ${collation}`
  const converted: Readonly<Record<JsonScalar, string>> = {
    text,
    real: `${value} + 0e0`,
    boolean: `${text} = 'true'`,
  }
  return `(CASE WHEN JSON_TYPE(${value}) IN (${TYPES[as]}) THEN ${converted[as]} END)`
}

/** What JSON_TYPE calls them. */
const TYPES: Readonly<Record<JsonScalar, string>> = {
  text: "'STRING'",
  real: "'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'",
  boolean: "'BOOLEAN'",
}

/**
 * Follows a path. Digits are an index where there is an array and a key where there is an object; the
 * servers' own index 0 would find a scalar inside itself, so the type is asked for first.
 */
function at(value: string, path: readonly string[]): string {
  const digits = path.findIndex((key) => /^(0|[1-9]\d{0,8})$/.test(key))
  const named = digits === -1 ? path : path.slice(0, digits)
  const parent = named.length === 0 ? value : extract(value, named.map(member).join(''))
  if (digits === -1) return parent
  const key = path[digits] as string
  const element = extract(parent, `[${key}]`)
  const property = extract(parent, member(key))
  const either = `CASE JSON_TYPE(${parent}) WHEN 'ARRAY' THEN ${element} WHEN 'OBJECT' THEN ${property} END`
  return at(`(${either})`, path.slice(digits + 1))
}

function member(key: string): string {
  return `.${JSON.stringify(key)}`
}

function extract(value: string, path: string): string {
  return `JSON_EXTRACT(${value}, ${textLiteral(`$${path}`)})`
}
