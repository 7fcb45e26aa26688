import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { isValibot, type Schema, toJsonSchema as toJsonSchemaOf } from '../../http/index.ts'
import { descriptionOf, type JsonSchema } from '../wire/described.ts'
import { jsonlessKind } from '../wire/jsonless.ts'
import { wireKinds } from '../wire/kinds.ts'
import { writeText } from './text-schema.ts'

/** Which side of a schema is written: what it takes, or what it gives. */
export type Side = 'input' | 'output'

/** Writes the schemas of one document, those with a name of their own once and for all. */
export interface SchemaWriter {
  /** The schema as JSON Schema, or as a reference to a component. */
  write(schema: Schema, side: Side): JsonSchema
  /**
   * The schema of an object whose members come as text, such as a query: what it makes of a text says
   * more than "a string", where that is known.
   */
  text(schema: Schema): JsonSchema
  /** What has been referred to, by name. */
  readonly components: Readonly<Record<string, JsonSchema>>
}

export function createSchemaWriter(): SchemaWriter {
  const components: Record<string, JsonSchema> = {}
  const names = new Map<object, string>()
  let recursions = 0

  function write(schema: Schema, side: Side): JsonSchema {
    return isValibot(schema) ? writeValibot(schema, side) : writeStandard(schema, side)
  }

  function writeValibot(schema: v.GenericSchema, side: Side): JsonSchema {
    const described = fromDescription(schema, side)
    if (described) return described
    const recursive = new Map<string, string>()
    const nameOf = (id: string): string => {
      const name = recursive.get(id) ?? `Recursive${++recursions}`
      recursive.set(id, name)
      return name
    }
    const {
      $schema: _,
      $defs,
      ...written
    } = toJsonSchema(schema, {
      target: 'draft-2020-12',
      typeMode: side,
      // What has no words in JSON Schema, such as a check by code, is left out of the description.
      errorMode: 'ignore',
      overrideRef: ({ referenceId }) => `#/components/schemas/${nameOf(referenceId)}`,
      overrideSchema: ({ valibotSchema, jsonSchema }) =>
        (fromDescription(valibotSchema, side) ??
          overrideOf(valibotSchema, jsonSchema as JsonSchema, side)) as typeof jsonSchema,
      overrideAction: ({ valibotAction, jsonSchema }) =>
        (fromDescription(valibotAction, side) ??
          (side === 'output' ? CONVERSIONS[valibotAction.type] : undefined)) as typeof jsonSchema,
    })
    for (const [id, definition] of Object.entries($defs ?? {})) {
      components[nameOf(id)] = definition as JsonSchema
    }
    return written
  }

  function fromDescription(schema: object, side: Side): JsonSchema | undefined {
    const described = descriptionOf(schema)
    if (!described) return undefined
    const build = () => described.schema((part) => write(part, side))
    if (!described.component) return build()
    let name = names.get(described)
    if (name === undefined) {
      name = freeName(described.component)
      names.set(described, name)
      components[name] = build()
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  function freeName(wanted: string): string {
    for (let count = 1; ; count++) {
      const name = count === 1 ? wanted : `${wanted}${count}`
      if (!Object.hasOwn(components, name) && ![...names.values()].includes(name)) return name
    }
  }

  return { write, text: (schema) => writeText(schema, write), components }
}

function writeStandard(schema: Schema, side: Side): JsonSchema {
  const { $schema: _, ...written } = toJsonSchemaOf(schema, side, 'openapi')
  return written
}

interface SchemaParts {
  readonly type: string
}

/** What is written otherwise than the library would, since JSON has no such value or we are strict. */
function overrideOf(schema: SchemaParts, written: JsonSchema, side: Side): JsonSchema | undefined {
  const { type } = schema
  if (type === 'date' || type === 'bigint' || type === 'instance') {
    return jsonlessKind(schema as v.GenericSchema)?.schema
  }
  // Unknown keys are refused in what is taken. What is given may grow without breaking its readers.
  if (type === 'object' && side === 'input') return { ...written, additionalProperties: false }
  return undefined
}

/** What a pipe gives after a conversion, whatever went into it. */
const CONVERSIONS: Readonly<Record<string, JsonSchema>> = {
  to_number: { type: 'number' },
  to_string: { type: 'string' },
  to_boolean: { type: 'boolean' },
  to_bigint: wireKinds.bigint.schema,
  to_date: wireKinds.timestamp.schema,
  transform: {},
  raw_transform: {},
}
