import { misuse } from '../kernel/index.ts'
import type { Schema } from './schema.ts'

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** What a library is told about parts that have no words in JSON Schema: they are left open. */
const LIBRARY_OPTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  zod: { unrepresentable: 'any' },
  arktype: { fallback: ({ base }: { readonly base: unknown }) => base },
}

/**
 * Writes what a schema takes or gives as JSON Schema, by the library's own Standard JSON Schema
 * (https://standardschema.dev/json-schema). Valibot has none; its schemas are looked into instead.
 * Throws `misuse` beginning with `place` for a schema that has no words of itself.
 */
export function toJsonSchema(schema: Schema, side: 'input' | 'output', place: string): JsonSchema {
  const { jsonSchema, vendor } = schema['~standard']
  if (!jsonSchema) throw misuse(place, `is a schema of ${vendor} that ${REMEDY}`)
  try {
    return jsonSchema[side]({
      target: 'draft-2020-12',
      libraryOptions: LIBRARY_OPTIONS[vendor],
    })
  } catch (cause) {
    throw misuse(place, `is a schema of ${vendor} that ${REMEDY}`, cause)
  }
}

const REMEDY =
  'cannot tell its keys; use a library with Standard JSON Schema, such as valibot, zod from 4.2 on or arktype from 2.1.28 on'
