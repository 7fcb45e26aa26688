import * as v from 'valibot'
import type { Column } from '../../data/index.ts'
import { toStrict } from '../../http/index.ts'
import { describe, type JsonSchema } from './described.ts'
import { jsonlessKind } from './jsonless.ts'
import { orNull } from './row-schema.ts'

/** What a body does with a column: makes a row of it, sets it, or merges into what it holds. */
export type BodySide = 'insert' | 'patch' | 'merge'

/**
 * A column's value from JSON. It is checked by the column's schema but handed on as it came: the
 * database runs the schema when it writes, and a transformation is not to happen twice.
 *
 * In a merge patch null clears what a row can be without, and an object goes into the one that the
 * row holds: what comes of it is for whoever merges to check.
 */
export function columnSchema(column: Column, side: BodySide): v.GenericSchema {
  const { schema, fill } = column
  const kind = jsonlessKind(schema)
  const strict = toStrict(schema)
  const merges = side === 'merge' && isMergeable(column)
  const clears = side === 'merge' && isOptional(column)
  const value = v.pipe(
    v.unknown(),
    v.rawTransform<unknown, unknown>(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value
      if (clears && given === null) return null
      if (merges && typeof given === 'object' && given !== null && !Array.isArray(given)) {
        return given
      }
      const read = kind?.fromJson && given !== null ? kind.fromJson(given) : given
      if (read === undefined) {
        addIssue({ message: `Expected ${kind?.expected}.` })
        return NEVER
      }
      for (const issue of v.safeParse(strict, read).issues ?? []) {
        const { message, input, expected, received, path } = issue
        addIssue({ message, input, received, ...(expected && { expected }), ...(path && { path }) })
      }
      return read
    }),
  )
  return describe(value, {
    schema: (convert) => {
      const { default: fallback, ...written } = kind ? kind.schema : convert(schema)
      if (fill === 'version') return { ...written, description: OF_VERSION }
      const typed = merges ? asPatch(written) : written
      const nullable = clears || v.is(schema, null) ? orNull(typed) : typed
      return fallback === undefined || side !== 'insert'
        ? nullable
        : { ...nullable, default: fallback }
    },
  })
}

const OF_VERSION =
  'The version that the change was made from. The row is only changed while it has that one; ' +
  'otherwise the answer is 409, code version_conflict.'

/** Whether a new row may do without a value of the client's. */
export function isOptional({ schema, nullable }: Column): boolean {
  return nullable || v.is(schema, undefined)
}

/** Whether a column can hold a JSON object, which a merge patch goes into. */
export function isMergeable({ kind, schema }: Column): boolean {
  return kind === 'json' && !LISTS.has(innermost(schema as unknown as Parts).type)
}

interface Parts {
  readonly type: string
  readonly wrapped?: Parts
  readonly pipe?: readonly Parts[]
}

const LISTS: ReadonlySet<string> = new Set([
  'array',
  'tuple',
  'loose_tuple',
  'strict_tuple',
  'tuple_with_rest',
])

function innermost(parts: Parts): Parts {
  const inner = parts.pipe?.[0] ?? parts.wrapped
  return inner ? innermost(inner) : parts
}

/** An object's schema as that of a patch for it: nothing is required, and null takes members away. */
function asPatch(schema: JsonSchema): JsonSchema {
  const { required: _, ...rest } = schema
  const properties = rest['properties'] as Readonly<Record<string, JsonSchema>> | undefined
  if (!properties) return rest
  const patched = Object.entries(properties).map(([name, each]) => [name, orNull(asPatch(each))])
  return { ...rest, properties: Object.fromEntries(patched) }
}
