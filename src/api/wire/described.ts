import type * as v from 'valibot'

/** A JSON Schema of draft 2020-12, the one that OpenAPI 3.1 uses. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** How a schema that only code understands is written in the API description. */
export interface Described {
  /** Written once under this name and referred to from everywhere. Default: written in place. */
  readonly component?: string
  /** Builds the JSON Schema; `convert` writes the schemas it is made of. */
  readonly schema: (convert: (part: v.GenericSchema) => JsonSchema) => JsonSchema
  /** Writes a value for an answer without going through the schema. */
  readonly write?: (value: unknown) => unknown
}

// Beside the schemas and not in them: valibot's own types stay as they are, and a description lives
// as long as its schema.
const descriptions = new WeakMap<object, Described>()

export function describe<S extends v.GenericSchema>(schema: S, described: Described): S {
  descriptions.set(schema, described)
  // A pipe shows itself to some readers as its items only, one after the other.
  const { pipe = [] } = schema as { readonly pipe?: readonly object[] }
  for (const item of pipe) descriptions.set(item, described)
  return schema
}

/** How a schema, or an item of a described pipe, is written. */
export function descriptionOf(schema: object): Described | undefined {
  return descriptions.get(schema)
}
