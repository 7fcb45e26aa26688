import type * as v from 'valibot'
import { isValibot, type Schema } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'

type Write = (schema: Schema, side: 'input' | 'output') => JsonSchema

const OPTIONAL: ReadonlySet<string> = new Set(['optional', 'exact_optional', 'nullish'])

interface ObjectParts {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
}

/** Writes the schema of an object whose members come as text. */
export function writeText(schema: Schema, write: Write): JsonSchema {
  if (!isValibot(schema)) return standardText(schema, write)
  const { entries = {} } = schema as ObjectParts
  const members = Object.entries(entries)
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(([name, entry]) => [name, member(entry, write)])),
    required: members.flatMap(([name, { type }]) => (OPTIONAL.has(type) ? [] : name)),
    additionalProperties: false,
  }
}

function member(entry: v.GenericSchema, write: Write): JsonSchema {
  const { default: fallback, ...meaning } = write(entry, 'output')
  if (Object.keys(meaning).length === 0) return write(entry, 'input')
  if (fallback === undefined) return meaning
  const numeric = meaning['type'] === 'number' || meaning['type'] === 'integer'
  return { ...meaning, default: numeric ? Number(fallback) : fallback }
}

/** Of other libraries' schemas: what they give, and which members they can do without. */
function standardText(schema: Schema, write: Write): JsonSchema {
  const { required, additionalProperties } = write(schema, 'input')
  const { properties } = write(schema, 'output')
  return {
    type: 'object',
    ...(properties !== undefined && { properties }),
    ...(required !== undefined && { required }),
    ...(additionalProperties !== undefined && { additionalProperties }),
  }
}
