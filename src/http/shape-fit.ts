import type { JsonSchema } from './json-schema.ts'
import { isRecord, listOf, type Shape } from './shape.ts'

/** All shapes that hold for a value: of the options of a union those that it fits. */
export function applicable(shapes: readonly Shape[], value: unknown): readonly Shape[] {
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
