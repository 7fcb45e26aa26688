import type { Bind, JsonScalar } from '../sql/dialect.ts'

export interface JsonValueOptions {
  readonly as: JsonScalar
  readonly bind: Bind
  readonly collation: string
}

/** SQL of a JSON value. Written anew at each use, because each use binds its parameters anew. */
type Value = () => string

/** The scalar of one type at a path inside a JSON column; null where there is none of that type. */
export function jsonValue(
  column: string,
  path: readonly string[],
  { as, bind, collation }: JsonValueOptions,
): string {
  const value = at(() => column, path, bind)
  const text = () => `CONVERT(JSON_UNQUOTE(${value()}) USING utf8mb4) COLLATE ${collation}`
  const converted: Readonly<Record<JsonScalar, Value>> = {
    text,
    real: () => `${value()} + 0e0`,
    boolean: () => `(${text()} = 'true')`,
  }
  return `CASE WHEN JSON_TYPE(${value()}) IN (${TYPES[as]}) THEN ${converted[as]()} END`
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
function at(value: Value, path: readonly string[], bind: Bind): Value {
  const digits = path.findIndex((key) => /^(0|[1-9]\d{0,8})$/.test(key))
  const named = digits === -1 ? path : path.slice(0, digits)
  const parent = named.length === 0 ? value : extract(value, named.map(member).join(''), bind)
  if (digits === -1) return parent
  const key = path[digits] as string
  const element = extract(parent, `[${key}]`, bind)
  const property = extract(parent, member(key), bind)
  const either: Value = () =>
    `CASE JSON_TYPE(${parent()}) WHEN 'ARRAY' THEN ${element()} WHEN 'OBJECT' THEN ${property()} END`
  return at(either, path.slice(digits + 1), bind)
}

function member(key: string): string {
  return `.${JSON.stringify(key)}`
}

function extract(value: Value, path: string, bind: Bind): Value {
  return () => `JSON_EXTRACT(${value()}, ${bind(`$${path}`, 'text')})`
}
