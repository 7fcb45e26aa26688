import type * as v from 'valibot'

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev), version 1:
 * valibot first of all, and Zod, ArkType and others.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Standard JSON Schema: what the schema takes and gives, in words that others read. */
    readonly jsonSchema?: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>
    }
  }
}

/** What a schema is asked to write itself as. */
export interface JsonSchemaOptions {
  readonly target: 'draft-2020-12'
  readonly libraryOptions?: Record<string, unknown> | undefined
}

/** What validation found: the value as the schema gives it back, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that is wrong, and where. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type that a schema accepts. */
export type SchemaInput<S extends Schema> = NonNullable<S['~standard']['types']>['input']

/** The type that a schema gives back. */
export type SchemaOutput<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/** Tests whether a schema is one of valibot's, whose parts can be looked into. */
export function isValibot(schema: Schema): schema is Schema & v.GenericSchema {
  return '~run' in schema
}
