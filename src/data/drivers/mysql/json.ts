import type { JsonScalar } from '../../operand.ts'
import { textLiteral } from './literal.ts'

/**
 * The scalar of one type at a path inside a JSON column; null where there is none of that type. The
 * path is part of the text, which writes it more than once and may itself be written more than once.
 */
export function jsonValue(
  column: string,
  path: readonly (string | number)[],
  { as, collation }: { readonly as: JsonScalar; readonly collation: string },
): string {
  const value = at(column, path, collation)
  const text = comparable(`JSON_UNQUOTE(${value})`, collation)
  const converted: Readonly<Record<JsonScalar, string>> = {
    text,
    real: `${value} + 0e0`,
    boolean: `${text} = 'true'`,
  }
  return `(CASE WHEN ${typeOf(value, collation)} IN (${TYPES[as]}) THEN ${converted[as]} END)`
}

function typeOf(value: string, collation: string): string {
  return comparable(`JSON_TYPE(${value})`, collation)
}

/** MySQL compares no text of JSON's own collation with text of another. */
function comparable(text: string, collation: string): string {
  return `CONVERT(${text} USING utf8mb4) COLLATE ${collation}`
}

/** What JSON_TYPE calls them. */
const TYPES: Readonly<Record<JsonScalar, string>> = {
  text: "'STRING'",
  real: "'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'",
  boolean: "'BOOLEAN'",
}

/**
 * Follows a path: strings are keys and numbers are places. The servers find a scalar at place 0 of
 * itself, so what places are asked of is asked for its type first.
 */
function at(value: string, path: readonly (string | number)[], collation: string): string {
  const place = path.findIndex((step) => typeof step === 'number')
  const keys = place === -1 ? path : path.slice(0, place)
  const parent = keys.length === 0 ? value : extract(value, keys.map(member).join(''))
  if (place === -1) return parent
  const element = extract(parent, `[${path[place]}]`)
  const found = `(CASE ${typeOf(parent, collation)} WHEN 'ARRAY' THEN ${element} END)`
  return at(found, path.slice(place + 1), collation)
}

function member(key: string | number): string {
  return `.${JSON.stringify(String(key))}`
}

function extract(value: string, path: string): string {
  return `JSON_EXTRACT(${value}, ${textLiteral(`$${path}`)})`
}
