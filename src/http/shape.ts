import type { JsonSchema } from './json-schema.ts'

/** What a schema says about the keys of objects, at every depth. */
export interface Shape {
  /** The schema as it was written, to tell the options of a union apart. */
  readonly schema: JsonSchema
  readonly keys: ReadonlyMap<string, Shape> | undefined
  readonly patterns: readonly (readonly [pattern: RegExp, shape: Shape])[]
  /** Of all other keys; undefined where the schema says nothing about them. */
  readonly rest: Shape | undefined
  readonly closed: boolean
  readonly heads: readonly Shape[]
  readonly items: Shape | undefined
  /** Further schemas that hold for the same value: all of `all`, and of each list of `some` one. */
  readonly all: readonly Shape[]
  readonly some: readonly (readonly Shape[])[]
  /** Whether nothing but its own keys and items holds for a value: no unions, references or patterns. */
  readonly plain: boolean
}

/**
 * Reads from a JSON Schema which keys objects may have. An object whose properties are declared has no
 * others, unless the schema says so (`additionalProperties`); one that declares none may have any.
 */
export function createShape(root: JsonSchema): Shape {
  const made = new Map<unknown, Shape>()
  return shapeOf(root)

  function shapeOf(given: unknown): Shape {
    const known = made.get(given)
    if (known) return known
    const schema = isRecord(given) ? given : {}
    const shape: { -readonly [K in keyof Shape]: Shape[K] } = { ...OPEN, schema }
    // Known before its parts are: schemas may refer to themselves.
    made.set(given, shape)
    const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema
    const rest = additionalProperties ?? unevaluatedProperties
    if (isRecord(properties)) shape.keys = mapOf(properties)
    shape.patterns = Object.entries(isRecord(patternProperties) ? patternProperties : {}).map(
      ([pattern, part]) => [new RegExp(pattern, 'u'), shapeOf(part)],
    )
    shape.closed = rest === false
    if (rest !== undefined && rest !== false) shape.rest = shapeOf(rest)
    shape.heads = listOf(schema['prefixItems']).map(shapeOf)
    if (schema['items'] !== undefined) shape.items = shapeOf(schema['items'])
    const { $ref } = schema
    shape.all = [
      ...(typeof $ref === 'string' ? [shapeOf(resolve(root, $ref))] : []),
      ...listOf(schema['allOf']).map(shapeOf),
    ]
    shape.some = [schema['anyOf'], schema['oneOf']]
      .map((options) => listOf(options).map(shapeOf))
      .filter((options) => options.length > 0)
    shape.plain = [shape.all, shape.some, shape.patterns].every(({ length }) => length === 0)
    return shape
  }

  function mapOf(properties: JsonSchema): ReadonlyMap<string, Shape> {
    return new Map(Object.entries(properties).map(([key, part]) => [key, shapeOf(part)]))
  }
}

const OPEN: Omit<Shape, 'schema'> = {
  keys: undefined,
  patterns: [],
  rest: undefined,
  closed: false,
  heads: [],
  items: undefined,
  all: [],
  some: [],
  plain: true,
}

/** What an object schema declares at its top; undefined where it declares nothing. */
export function entriesOf({ keys, all }: Shape): ReadonlyMap<string, Shape> | undefined {
  const maps = [keys, ...all.map(entriesOf)].filter((map) => map !== undefined)
  return maps.length > 0 ? new Map(maps.flatMap((map) => [...map])) : undefined
}

/** Whether a schema takes a list, and nothing but lists and null. */
export function takesList({ schema, all, some }: Shape): boolean {
  if (schema['type'] === 'array') return true
  const options = some.map((group) => group.filter((option) => option.schema['type'] !== 'null'))
  return all.some(takesList) || options.some((group) => group.every(takesList))
}

function resolve(root: JsonSchema, reference: string): unknown {
  const [, ...names] = reference.split('/')
  return names.reduce<unknown>((part, name) => {
    const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(part) ? part[key] : undefined
  }, root)
}

/** A keyword's list, or none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Tests whether a value is an object and no list. */
export function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
