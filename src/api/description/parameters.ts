import type * as v from 'valibot'
import type { Operation } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { examplesOf } from './examples.ts'
import type { SchemaWriter } from './schemas.ts'

/** A Parameter Object of OpenAPI. */
export type Parameter = { readonly [member: string]: unknown }

interface ObjectParts {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
}

const OPTIONAL: ReadonlySet<string> = new Set(['optional', 'exact_optional', 'nullish'])

/** Writes the parameters of an operation's path, query and header. */
export function parametersOf({ spec }: Operation, schemas: SchemaWriter): Parameter[] {
  const parameters = [
    ...partOf(spec, 'params', schemas),
    ...partOf(spec, 'query', schemas),
    ...partOf(spec, 'headers', schemas),
  ]
  return spec.idempotent ? [...parameters, IDEMPOTENCY_KEY] : parameters
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes repeating the request safe: for 24 hours the same key gets the same answer, and one effect.',
  schema: { type: 'string', minLength: 1, maxLength: 257 },
}

/** What OpenAPI calls the parts that parameters stand in. */
const PLACES = { params: 'path', query: 'query', headers: 'header' } as const

function partOf(
  spec: Operation['spec'],
  part: keyof typeof PLACES,
  schemas: SchemaWriter,
): Parameter[] {
  const { entries = {} } = (spec[part] ?? {}) as ObjectParts
  return Object.entries(entries).map(([name, entry]) => {
    const { description, ...schema } = textSchema(entry, schemas)
    return {
      name,
      in: PLACES[part],
      required: part === 'params' || !OPTIONAL.has(entry.type),
      ...(description === undefined ? {} : { description }),
      schema,
      ...examplesOf(spec, (example) => {
        const values = example[part] as Readonly<Record<string, unknown>> | undefined
        return exampleValue(values?.[name], schema)
      }),
    }
  })
}

/** The text of an example, as the value that the description says it is. */
function exampleValue(text: unknown, { type }: JsonSchema): unknown {
  if (type === 'integer' || type === 'number') return text === undefined ? text : Number(text)
  return type === 'boolean' && text !== undefined ? text === 'true' : text
}

/**
 * Parameters are text that the schema reads: what it makes of the text says more than "a string",
 * where that is known.
 */
function textSchema(entry: v.GenericSchema, schemas: SchemaWriter): JsonSchema {
  const given = schemas.write(entry, 'output')
  const { default: fallback, ...meaning } = given
  if (Object.keys(meaning).length === 0) return schemas.write(entry, 'input')
  if (fallback === undefined) return meaning
  const numeric = meaning['type'] === 'number' || meaning['type'] === 'integer'
  return { ...meaning, default: numeric ? Number(fallback) : fallback }
}
