import { type Document, resolve, type Schema } from './document.ts'

/** A value of one schema that another does not take. */
export interface Escape {
  /** Where in the value, such as `.lines[].quantity`; empty for the whole. */
  readonly path: string
  /** The property may be absent, the key is not known, or the value is another. */
  readonly kind: 'absent' | 'unknown' | 'value'
  /** Which value it is, as a noun. */
  readonly what: string
}

/** A schema and the document that its references lead into. */
export interface Located {
  readonly schema: Schema | boolean | undefined
  readonly document: Document
}

interface Trail {
  readonly path: string
  /** Pairs of components that are being compared further up. */
  readonly met: ReadonlySet<string>
}

const START: Trail = { path: '', met: new Set() }

/**
 * Finds the values of `from` that `to` does not take. A request may not come to take less, so the
 * earlier schema is held against the later one; an answer may not come to hold more, so the later is
 * held against the earlier.
 */
export function findEscapes(from: Located, to: Located): Escape[] {
  return escapes(from, to, START)
}

function escapes(from: Located, to: Located, trail: Trail): Escape[] {
  const pair = `${referenceOf(from)} ${referenceOf(to)}`
  const named = referenceOf(from) !== '' && referenceOf(to) !== ''
  if (named && trail.met.has(pair)) return []
  const next = named ? { ...trail, met: new Set([...trail.met, pair]) } : trail
  const one = optionsOf(from)
  const other = optionsOf(to)
  return one.flatMap((option) => escapesOfOption(option, other, next))
}

function referenceOf({ schema }: Located): string {
  return typeof schema === 'object' ? (schema.$ref ?? '') : ''
}

interface Option {
  readonly schema: Schema
  readonly document: Document
}

/** What a schema leaves to choose from, one by one: each with one type at most. */
function optionsOf({ schema, document }: Located): Option[] {
  if (schema === false) return []
  if (schema === undefined || schema === true) return [{ schema: {}, document }]
  const whole = merged(resolve(schema, document), document)
  const { anyOf, oneOf, ...rest } = whole
  const options = anyOf ?? oneOf
  if (options) {
    return options.flatMap((option) => optionsOf({ schema: { allOf: [rest, option] }, document }))
  }
  if (typeof whole.type === 'string' || whole.type === undefined) {
    return [{ schema: whole, document }]
  }
  return whole.type.map((type) => ({ schema: { ...whole, type }, document }))
}

/** The parts of an intersection as one schema. */
function merged({ allOf, ...own }: Schema, document: Document): Schema {
  if (!allOf) return own
  const parts = [own, ...allOf.map((part) => merged(resolve(part, document), document))]
  return {
    ...Object.assign({}, ...parts),
    ...(parts.some(({ properties }) => properties) && {
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    }),
    ...(parts.some(({ required }) => required) && {
      required: [...new Set(parts.flatMap(({ required = [] }) => required))],
    }),
  }
}

/** The escapes to the option that fits best. */
function escapesOfOption(from: Option, options: readonly Option[], trail: Trail): Escape[] {
  const fitting = options.filter((to) => isOfType(from.schema, to.schema))
  if (fitting.length === 0) return [{ path: trail.path, kind: 'value', what: nameOf(from.schema) }]
  const found = fitting.map((to) => escapesOfOne(from, to, trail))
  return found.reduce((best, each) => (each.length < best.length ? each : best))
}

function isOfType(from: Schema, to: Schema): boolean {
  const [one, other] = [typeOf(from), typeOf(to)]
  return other === undefined || one === other || (one === 'integer' && other === 'number')
}

/** The type of a schema, told by its constants when it does not say. */
function typeOf({ type, const: constant, enum: members }: Schema): string | undefined {
  if (typeof type === 'string') return type
  const values = constant === undefined ? (members ?? []) : [constant]
  const types = new Set(values.map((value) => (value === null ? 'null' : typeof value)))
  return types.size === 1 ? [...types][0] : undefined
}

function nameOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ')
  return NAMES[typeOf(schema) ?? ''] ?? 'any value'
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
}

function escapesOfOne(from: Option, to: Option, trail: Trail): Escape[] {
  const value = (what: string): Escape => ({ path: trail.path, kind: 'value', what })
  return [
    ...constants(from.schema, to.schema).map(value),
    ...bounds(from.schema, to.schema).map(value),
    ...words(from.schema, to.schema).map(value),
    ...members(from, to, trail),
    ...items(from, to, trail),
  ]
}

function constants(from: Schema, to: Schema): string[] {
  const taken = constantsOf(to)
  if (!taken) return []
  const given = constantsOf(from)
  if (!given) return [`${nameOf(from)} other than ${taken.join(', ')}`]
  const others = given.filter((each) => !taken.includes(each))
  return others.length > 0 ? [others.join(', ')] : []
}

function constantsOf({ const: constant, enum: members }: Schema): string[] | undefined {
  if (constant !== undefined) return [JSON.stringify(constant)]
  return members?.map((each) => JSON.stringify(each))
}

/** Keywords that say how much there is at least or at most, and what lies beyond. */
const LOWER = {
  minimum: (bound: number) => `less than ${bound}`,
  exclusiveMinimum: (bound: number) => `${bound} or less`,
  minLength: (bound: number) => `less than ${bound} characters`,
  minItems: (bound: number) => `less than ${bound} items`,
}
const UPPER = {
  maximum: (bound: number) => `more than ${bound}`,
  exclusiveMaximum: (bound: number) => `${bound} or more`,
  maxLength: (bound: number) => `more than ${bound} characters`,
  maxItems: (bound: number) => `more than ${bound} items`,
}

function bounds(from: Schema, to: Schema): string[] {
  // What is one of a few known values is told by those.
  if (constantsOf(from)) return []
  const below = Object.entries(LOWER).flatMap(([name, tell]) => {
    const bound = to[name as keyof typeof LOWER]
    return bound !== undefined && bound > lowest(from, name) ? [tell(bound)] : []
  })
  const above = Object.entries(UPPER).flatMap(([name, tell]) => {
    const bound = to[name as keyof typeof UPPER]
    return bound !== undefined && bound < highest(from, name) ? [tell(bound)] : []
  })
  return [...below, ...above]
}

/** The least that a schema lets through, where a missing bound of lengths is none at all. */
function lowest(from: Schema, name: string): number {
  if (name === 'minLength' || name === 'minItems') return from[name] ?? 0
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = from
  // An exclusive bound lets nothing through at the bound itself.
  if (name === 'exclusiveMinimum')
    return minimum > exclusiveMinimum ? justBelow(minimum) : exclusiveMinimum
  return Math.max(minimum, exclusiveMinimum)
}

function highest(from: Schema, name: string): number {
  if (name === 'maxLength' || name === 'maxItems') return from[name] ?? Infinity
  const { maximum = Infinity, exclusiveMaximum = Infinity } = from
  if (name === 'exclusiveMaximum')
    return maximum < exclusiveMaximum ? -justBelow(-maximum) : exclusiveMaximum
  return Math.min(maximum, exclusiveMaximum)
}

/** An inclusive bound stays within an exclusive one only when it is beyond it. */
function justBelow(bound: number): number {
  return bound - Math.max(Math.abs(bound), 1) * Number.EPSILON
}

/** Keywords that are the same or are not: of two different ones nobody can tell. */
const EXACT = {
  format: (value: unknown) => `text that is no ${value}`,
  pattern: (value: unknown) => `text that does not match ${value}`,
  contentEncoding: (value: unknown) => `text that is not in ${value}`,
  contentMediaType: (value: unknown) => `content that is not ${value}`,
  multipleOf: (value: unknown) => `what is no multiple of ${value}`,
}

function words(from: Schema, to: Schema): string[] {
  if (constantsOf(from)) return []
  return Object.entries(EXACT).flatMap(([name, tell]) => {
    const wanted = to[name as keyof typeof EXACT]
    return wanted === undefined || wanted === from[name as keyof typeof EXACT] ? [] : [tell(wanted)]
  })
}

function members(from: Option, to: Option, trail: Trail): Escape[] {
  const { properties = {}, required = [] } = from.schema
  const { properties: taken = {}, required: demanded = [] } = to.schema
  const absent = demanded
    .filter((name) => !required.includes(name))
    .map((name): Escape => ({ path: `${trail.path}.${name}`, kind: 'absent', what: 'nothing' }))
  const others = to.schema.additionalProperties
  const below = Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${trail.path}.${name}`
    const known = Object.hasOwn(taken, name) ? taken[name] : others
    if (known === false) return [{ path, kind: 'unknown', what: nameOf(schema) } as const]
    if (known === undefined || known === true) return []
    return escapes({ ...from, schema }, { ...to, schema: known }, { ...trail, path })
  })
  return [...absent, ...below, ...strangers(from, to, trail)]
}

/** Keys that neither of the two names. */
function strangers(from: Option, to: Option, trail: Trail): Escape[] {
  const { type, properties, additionalProperties: given = true } = from.schema
  const { additionalProperties: taken = true } = to.schema
  if (given === false || taken === true) return []
  if (type !== 'object' && !properties) return []
  const path = `${trail.path}.*`
  if (taken === false) return [{ path, kind: 'unknown', what: 'any key' }]
  return escapes({ ...from, schema: given }, { ...to, schema: taken }, { ...trail, path })
}

function items(from: Option, to: Option, trail: Trail): Escape[] {
  const places = Math.max(from.schema.prefixItems?.length ?? 0, to.schema.prefixItems?.length ?? 0)
  const fixed = Array.from({ length: places }, (_, at) => {
    const path = `${trail.path}[${at}]`
    return escapes(itemAt(from, at), itemAt(to, at), { ...trail, path })
  })
  if (to.schema.items === undefined) return fixed.flat()
  const path = `${trail.path}[]`
  const rest = escapes(
    { ...from, schema: from.schema.items },
    { ...to, schema: to.schema.items },
    { ...trail, path },
  )
  return [...fixed.flat(), ...rest]
}

function itemAt({ schema, document }: Option, at: number): Located {
  return { schema: schema.prefixItems?.[at] ?? schema.items, document }
}
