import { assertKnown, misuse } from '../../kernel/index.ts'
import { createParser } from '../create-parser.ts'
import { parseJson } from '../json.ts'
import { createMediaTypeCheck, isMediaType } from '../media-type.ts'
import type { Schema, SchemaInput, SchemaOutput } from '../schema.ts'
import { type BodyOptions, missingBody, type WholeReader } from './reader.ts'

/** A body of JSON that comes under other names than `application/json`. */
export interface JsonBody<Output = unknown, Input = unknown> {
  readonly kind: 'json'
  readonly schema: Schema<Input, Output>
  readonly mediaTypes: readonly string[]
  /** Types only: what the handler is given. */
  readonly $output?: Output
  /** Types only: what a client sends. */
  readonly $input?: Input
}

/**
 * Declares a body of JSON by its media types, the first of which is the one that clients send. A
 * schema alone is a body of `application/json`.
 *
 * ```ts
 * import { json } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * export const patch = json(v.object({ title: v.optional(v.string()) }), {
 *   mediaTypes: ['application/merge-patch+json', 'application/json'],
 * })
 * ```
 */
export function json<S extends Schema>(
  schema: S,
  options: { readonly mediaTypes?: readonly string[] } = {},
): JsonBody<SchemaOutput<S>, SchemaInput<S>> {
  assertKnown('json()', options, ['mediaTypes'])
  const { mediaTypes = JSON_TYPES } = options
  assertMediaTypes(mediaTypes, 'json()')
  return { kind: 'json', schema, mediaTypes }
}

export const JSON_TYPES = ['application/json'] as const

/** Throws `misuse` for a list that is empty or holds other things than media types. */
export function assertMediaTypes(types: readonly unknown[], place: string): void {
  const problem = types.length === 0 ? '' : types.find((type) => !isMediaType(type))
  if (problem === undefined) return
  throw misuse(
    place,
    `mediaTypes has ${JSON.stringify(problem)}; expected media types in lower case, such as image/png`,
  )
}

/** Bytes of body up to which every issue is looked for; beyond, the first is enough. */
export const FULLY_CHECKED = 16_384

/** Creates the reader of a body of JSON. */
export function createJsonReader(
  { schema, mediaTypes }: JsonBody,
  { bodyLimit, jsonDepth, place }: BodyOptions,
): WholeReader {
  const parser = createParser(schema, place)
  const optional = parser.isOptional()
  const check = createMediaTypeCheck(mediaTypes)
  return {
    streamed: false,
    limit: bodyLimit,
    check,
    parse(bytes, { incoming, issues }) {
      if (bytes.length > 0) {
        if (incoming.header('content-type') === null) check(incoming)
        const known = issues.length
        const value = parseJson(bytes, { depth: jsonDepth, path: 'body', issues })
        const firstOnly = bytes.length > FULLY_CHECKED
        return issues.length > known
          ? undefined
          : parser.parse(value, { path: 'body', issues, firstOnly })
      }
      if (optional) return parser.parse(undefined, { path: 'body', issues })
      throw missingBody(mediaTypes)
    },
  }
}
