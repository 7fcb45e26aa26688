import { isRecord, type Shape } from './shape.ts'
import { applicable } from './shape-fit.ts'

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

/** Lists and objects that JSON would write member by member. */
function isPlain(value: unknown): value is object {
  if (Array.isArray(value)) return true
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
