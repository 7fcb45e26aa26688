import { misuse } from '../kernel/index.ts'
import { findUnknownKeys, withoutUnknownKeys } from './declared-keys.ts'
import { addIssue, areEnough, UNKNOWN_KEY } from './issues.ts'
import { toJsonSchema } from './json-schema.ts'
import type { Parser } from './parser.ts'
import type { Schema, SchemaIssue, SchemaResult } from './schema.ts'
import { createShape, entriesOf, takesList } from './shape.ts'

/**
 * Makes the parser of a schema of any library that follows Standard Schema. Libraries drop unknown keys
 * or let them pass; which keys are known is read from the schema's own JSON Schema, and all others are
 * refused here.
 */
export function createStandardParser(schema: Schema, place: string): Parser {
  const shape = createShape(toJsonSchema(schema, 'input', place))
  const shapes = [shape]
  const entries = entriesOf(shape)
  return {
    parse(value, { path, issues, firstOnly = false }) {
      const known = issues.length
      findUnknownKeys(shapes, value, (way) => {
        if (!areEnough(issues)) addIssue(issues, joined(path, way), UNKNOWN_KEY)
      })
      if (firstOnly && issues.length === known && isRefused(schema, value)) {
        addIssue(issues, path, 'Invalid value')
      }
      if (firstOnly && issues.length > known) return undefined
      const result = validate(schema, value, place)
      for (const issue of result.issues ?? []) {
        if (areEnough(issues)) break
        const way = wayOf(issue)
        addIssue(issues, joined(path, way), toMessage(issue, valueAt(value, way), schema))
      }
      return result.issues ? undefined : result.value
    },
    names() {
      if (entries) return Array.from(entries.keys())
      throw misuse(place, 'declares no names; declare them with an object schema')
    },
    lists: () =>
      new Set(
        Array.from(entries ?? []).flatMap(([name, entry]) => (takesList(entry) ? [name] : [])),
      ),
    isOptional: () => validate(schema, undefined, place).issues === undefined,
  }
}

/**
 * Makes the writer of an answer's body: what the schema gives back, without keys that it does not
 * declare. An answer that the schema refuses is `misuse`, naming where but not what was answered.
 */
export function createStandardWriter(schema: Schema, place: string): (value: unknown) => unknown {
  const shapes = [createShape(toJsonSchema(schema, 'output', place))]
  return (value) => {
    const result = validate(schema, value, place)
    if (!result.issues) return withoutUnknownKeys(shapes, result.value)
    const [first = { message: 'it is not valid' }] = result.issues
    const way = wayOf(first)
    const message = toMessage(first, valueAt(value, way), schema)
    throw misuse(place, `the answer is refused by its schema at "${way.join('.')}": ${message}`)
  }
}

/**
 * Whether a value is refused, by libraries that tell so without listing why: ArkType takes seconds to
 * list what is wrong with a megabyte.
 */
function isRefused(schema: Schema, value: unknown): boolean {
  const { allows } = schema as { readonly allows?: unknown }
  if (schema['~standard'].vendor !== 'arktype' || typeof allows !== 'function') return false
  return !allows.call(schema, value)
}

function validate(schema: Schema, value: unknown, place: string): SchemaResult<unknown> {
  const result = schema['~standard'].validate(value)
  if (!('then' in result)) return result
  // Whatever becomes of it is nobody's.
  result.then(undefined, () => {})
  throw misuse(place, 'is an asynchronous schema; check such things in the handler')
}

/** A way is text to whoever reads it. */
function wayOf({ path = [] }: SchemaIssue): readonly string[] {
  return path.map((step) => String(typeof step === 'object' ? step.key : step))
}

function joined(path: string, way: readonly string[]): string {
  return path === '' ? way.join('.') : [path, ...way].join('.')
}

function valueAt(value: unknown, way: readonly string[]): unknown {
  return way.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  )
}

/** Longer messages list what was sent. */
const MAX_MESSAGE = 200

/** The message of an issue, unless it repeats the input, which may be a password. */
function toMessage({ message }: SchemaIssue, value: unknown, schema: Schema): string {
  const { vendor } = schema['~standard']
  const told = vendor === 'arktype' ? withoutActual(message) : message
  const silent = vendor === 'arktype' || vendor === 'zod' || !repeats(told, value)
  return silent && told.length <= MAX_MESSAGE ? told : 'Invalid value'
}

/** ArkType's messages end in what was sent, in brackets. */
function withoutActual(message: string): string {
  const end = message.indexOf(' (was ')
  return end === -1 ? message : message.slice(0, end)
}

/** How many values of a list or object are looked for; in a larger one the message is not trusted. */
const MAX_LEAVES = 100

/** Whether a message of a library that is not known here holds a text or number of the value. */
function repeats(message: string, value: unknown): boolean {
  const words = new Set(message.split(/[^\p{L}\p{N}]+/u))
  const open = [value]
  for (let count = 0; open.length > 0; count++) {
    if (count === MAX_LEAVES) return true
    const next = open.pop()
    if (typeof next === 'object' && next !== null) open.push(...Object.values(next))
    else if (isTelling(next) && (words.has(`${next}`) || isWithin(message, `${next}`))) return true
  }
  return false
}

function isTelling(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}

/** Shorter texts are part of most sentences, and count as words of their own alone. */
const PART = 4

function isWithin(message: string, text: string): boolean {
  return text.length >= PART && message.includes(text)
}
