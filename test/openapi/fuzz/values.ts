import fc from 'fast-check'
import { type Description, type JsonSchema, resolve } from './description.ts'
import type { Seen } from './seen.ts'

interface Place {
  readonly document: Description
  readonly seen: Seen
  readonly depth: number
  /** The name that the value goes by. */
  readonly name: string
}

const DEPTH = 5

/** Whatever a schema takes. */
export function valuesOf(schema: JsonSchema | boolean, place: Place): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return fc.jsonValue({ maxDepth: 2 })
  if (schema.$ref !== undefined) return valuesOf(resolve(schema, place.document), deeper(place))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const options = schema.anyOf ?? schema.oneOf
  if (options) return fc.oneof(...shallow(options, place).map((each) => valuesOf(each, place)))
  if (schema.allOf) return allOf(schema.allOf, place)
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [guess(schema)])
  return fc.oneof(...types.map((type) => ofType(type, schema, place)))
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 }
}

/** Deep down, what does not lead further. */
function shallow(options: readonly JsonSchema[], { depth }: Place): readonly JsonSchema[] {
  if (depth < DEPTH) return options
  const ends = options.filter(({ type }) => type !== 'object' && type !== 'array')
  return ends.length > 0 ? ends : options
}

function allOf(parts: readonly JsonSchema[], place: Place): fc.Arbitrary<unknown> {
  const resolved = parts.map((part) => resolve(part, place.document))
  return fc
    .tuple(...resolved.map((part) => valuesOf(part, place)))
    .map((values) => Object.assign({}, ...values))
}

function guess({ properties, items }: JsonSchema): string {
  if (properties) return 'object'
  return items === undefined ? 'any' : 'array'
}

function ofType(type: string, schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textOf(schema, place)
    case 'integer':
      return integerOf(schema)
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return listOf(schema, deeper(place))
    case 'object':
      return objectOf(schema, deeper(place))
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function integerOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema) {
  const min = Math.ceil(exclusiveMinimum === undefined ? (minimum ?? -1e9) : exclusiveMinimum + 1)
  const max = Math.floor(exclusiveMaximum === undefined ? (maximum ?? 1e9) : exclusiveMaximum - 1)
  return fc.oneof(
    fc.integer({ min, max: Math.max(min, Math.min(max, min + 10)) }),
    fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.max(min, Math.min(max, 2 ** 31 - 1)) }),
  )
}

function numberOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema) {
  const min = exclusiveMinimum ?? minimum
  const max = exclusiveMaximum ?? maximum
  return fc.double({
    ...(min !== undefined && { min, minExcluded: exclusiveMinimum !== undefined }),
    ...(max !== undefined && { max, maxExcluded: exclusiveMaximum !== undefined }),
    noNaN: true,
    noDefaultInfinity: true,
  })
}

function listOf({ items = {}, prefixItems = [], minItems, maxItems }: JsonSchema, place: Place) {
  if (prefixItems.length > 0) return fc.tuple(...prefixItems.map((item) => valuesOf(item, place)))
  const minLength = minItems ?? 0
  const maxLength = Math.max(minLength, Math.min(maxItems ?? 4, 4))
  return fc.array(valuesOf(items, place), { minLength, maxLength })
}

function objectOf(schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties = false } = schema
  const members = Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => place.depth < DEPTH || required.includes(name))
      .map(([name, property]) => [name, valuesOf(property, { ...place, name })]),
  )
  const known = fc.record(members, { requiredKeys: [...required], noNullPrototype: true })
  if (additionalProperties === false || Object.keys(properties).length > 0) return known
  const more = fc.dictionary(fc.string({ maxLength: 5 }), valuesOf(additionalProperties, place), {
    maxKeys: 3,
    noNullPrototype: true,
  })
  return fc.tuple(known, more).map(([one, other]) => ({ ...other, ...one }))
}

function textOf(schema: JsonSchema, { seen, name }: Place): fc.Arbitrary<string> {
  const known = seen.of(name)
  const made = madeText(schema)
  if (known.length === 0) return made
  // Later requests are mostly about what is there.
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, made)
}

function madeText(schema: JsonSchema): fc.Arbitrary<string> {
  const { format, pattern, contentEncoding, minLength = 0, maxLength = minLength + 20 } = schema
  const known = format === undefined ? undefined : FORMATS[format]?.()
  if (known) return known
  if (contentEncoding === 'base64') return fc.base64String({ maxLength: 24 })
  if (pattern !== undefined) {
    return fc
      .stringMatching(new RegExp(pattern))
      .filter(({ length }) => length >= minLength && length <= (schema.maxLength ?? Infinity))
  }
  const bounds = { minLength, maxLength: Math.min(maxLength, minLength + 40) }
  return fc.oneof(
    fc.string({ ...bounds, unit: fc.constantFrom(...'abc xyz') }),
    fc.string({ ...bounds, unit: 'grapheme-ascii' }),
  )
}

const FORMATS: Readonly<Record<string, () => fc.Arbitrary<string>>> = {
  uuid: () => fc.uuid(),
  'date-time': () => moments().map((date) => date.toISOString()),
  date: () => moments().map((date) => date.toISOString().slice(0, 10)),
  email: () => fc.nat(50).map((number) => `person${number}@example.com`),
  uri: () => fc.webUrl(),
}

function moments(): fc.Arbitrary<Date> {
  return fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
}
