import type * as v from 'valibot'
import { misuse } from '../kernel/index.ts'

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
  }
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

/** The schema as one of valibot's, whose parts can be looked into. Throws `misuse` for any other. */
export function toValibot(schema: Schema): v.GenericSchema {
  if ('~run' in schema) return schema as v.GenericSchema
  throw misuse('schema', `is of ${schema['~standard'].vendor}; expected one of valibot's`)
}
