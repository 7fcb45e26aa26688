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

/** Calls `found` for each key that the shapes of a value do not know, with the way to it. */
export function findUnknownKeys(
  shapes: readonly Shape[],
  value: unknown,
  found: (way: readonly string[]) => void,
): void {
  const way: string[] = []
  visit(shapes, value)

  function visit(shapes: readonly Shape[], value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    const [shape] = shapes
    if (shapes.length === 1 && shape?.plain) visitPlain(shape, value)
    else visitAll(applicable(shapes, value), value)
  }

  function visitAll(holding: readonly Shape[], value: object): void {
    for (const [key, member] of Object.entries(value)) {
      const below = partsAt(holding, value, key)
      if (below?.length === 0) continue
      way.push(key)
      if (below) visit(below, member)
      else found(way)
      way.pop()
    }
  }

  /** The same for what most schemas are made of, without a list of shapes for each key. */
  function visitPlain({ keys, rest, closed, items, heads }: Shape, value: object): void {
    const isList = Array.isArray(value)
    for (const key of Object.keys(value)) {
      const member = value[key as keyof typeof value] as unknown
      const part = isList ? (heads[Number(key)] ?? items) : (keys?.get(key) ?? rest)
      if (part) {
        if (typeof member === 'object') descend(part, key, member)
      } else if (!isList && (keys || closed)) {
        way.push(key)
        found(way)
        way.pop()
      }
    }
  }

  function descend(part: Shape, key: string, member: unknown): void {
    way.push(key)
    if (part.plain && member !== null) visitPlain(part, member as object)
    else visit([part], member)
    way.pop()
  }
}

/** The value without the keys that the shapes do not know. What has none is given back as it is. */
export function withoutUnknownKeys(shapes: readonly Shape[], value: unknown): unknown {
  if (!isPlain(value)) return value
  const holding = applicable(shapes, value)
  let changed = false
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const below = partsAt(holding, value, key)
    const kept = below && below.length > 0 ? withoutUnknownKeys(below, member) : member
    if (below === undefined || kept !== member) changed = true
    return below === undefined ? [] : [[key, kept]]
  })
  if (!changed) return value
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
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

/** The shapes of what is at a key: none where anything may be there; undefined is an unknown key. */
function partsAt(
  shapes: readonly Shape[],
  value: object,
  key: string,
): readonly Shape[] | undefined {
  if (Array.isArray(value)) {
    return shapes.flatMap(({ heads, items }) => heads[Number(key)] ?? items ?? [])
  }
  const parts: Shape[] = []
  let declared = false
  let known = false
  for (const { keys, patterns, rest, closed } of shapes) {
    const matching = patterns.flatMap(([pattern, shape]) => (pattern.test(key) ? [shape] : []))
    const own = keys?.get(key)
    const named = own ? [own, ...matching] : matching
    if (named.length === 0 && rest) named.push(rest)
    parts.push(...named)
    known ||= named.length > 0
    declared ||= keys !== undefined || closed
  }
  return known || !declared ? parts : undefined
}

/** All shapes that hold for a value: of the options of a union those that it fits. */
function applicable(shapes: readonly Shape[], value: unknown): readonly Shape[] {
  if (shapes.every(({ all, some }) => all.length === 0 && some.length === 0)) return shapes
  const holding = new Set<Shape>()
  const add = (shape: Shape): void => {
    if (holding.has(shape)) return
    holding.add(shape)
    shape.all.forEach(add)
    for (const options of shape.some) {
      const fitting = options.filter((option) => fits(option, value))
      // A value that fits none is refused by the schema itself, which knows best why.
      for (const option of fitting.length > 0 ? fitting : options) add(option)
    }
  }
  shapes.forEach(add)
  return [...holding]
}

/**
 * How far a value is looked into to tell what it means. A discriminator stands at the top of an option;
 * without a bound, unions within unions would be tried in all their combinations.
 */
const LOOKAHEAD = 6

/** Whether a value could be meant by an option: by its type, constants and required keys. */
function fits(shape: Shape, value: unknown, lookahead = LOOKAHEAD): boolean {
  if (lookahead === 0) return true
  const { schema, keys, all, some } = shape
  if (!agrees(schema, value)) return false
  const isFit = (part: Shape) => fits(part, value, lookahead - 1)
  if (!all.every(isFit) || !some.every((options) => options.some(isFit))) return false
  if (!isRecord(value) || !keys) return true
  for (const [key, part] of keys) {
    if (Object.hasOwn(value, key) && !fits(part, value[key], lookahead - 1)) return false
  }
  return true
}

function agrees(schema: JsonSchema, value: unknown): boolean {
  const { type, required } = schema
  const constants = 'const' in schema ? [schema['const']] : schema['enum']
  if (Array.isArray(constants) && !constants.includes(value)) return false
  if (type !== undefined && ![type].flat().some((name) => name === typeOf(value, name)))
    return false
  if (!isRecord(value)) return true
  return listOf(required).every((key) => Object.hasOwn(value, String(key)))
}

function typeOf(value: unknown, wanted: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return wanted === 'integer' && Number.isInteger(value) ? 'integer' : typeof value
}

function resolve(root: JsonSchema, reference: string): unknown {
  const [, ...names] = reference.split('/')
  return names.reduce<unknown>((part, name) => {
    const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(part) ? part[key] : undefined
  }, root)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Lists and objects that JSON would write member by member. */
function isPlain(value: unknown): value is object {
  if (Array.isArray(value)) return true
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
