import {
  type Body,
  type FileOptions,
  type MultipartBody,
  type Operation,
  type Schema,
  toValibot,
} from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { type Examples, examplesOf } from './examples.ts'
import type { SchemaWriter } from './schemas.ts'

/** A Request Body Object of OpenAPI. */
export type RequestBody = { readonly [member: string]: unknown }

/** Writes what an operation's body is made of; undefined when it has none. */
export function requestBodyOf(
  spec: Operation['spec'],
  schemas: SchemaWriter,
): RequestBody | undefined {
  const { body } = spec
  if (!body) return undefined
  const examples: Examples = examplesOf(spec, (example) => example.body)
  const content = Object.entries(schemasOf(body, schemas)).map(([mediaType, schema]) => [
    mediaType,
    { schema, ...examples },
  ])
  return { required: isRequired(body), content: Object.fromEntries(content) }
}

/** The schema of each media type. */
function schemasOf(body: Schema | Body, schemas: SchemaWriter): Record<string, JsonSchema> {
  const write = (schema: Schema) => schemas.write(toValibot(schema), 'input')
  if ('~standard' in body) return { 'application/json': write(body) }
  switch (body.kind) {
    case 'json':
      return typed(body.mediaTypes, write(body.schema))
    case 'form':
      return { 'application/x-www-form-urlencoded': write(body.schema) }
    case 'multipart':
      return { 'multipart/form-data': multipartSchema(body, write) }
    case 'text':
      return { [body.mediaType]: { type: 'string' } }
    case 'bytes':
      return typed(body.mediaTypes, {})
  }
}

function typed(mediaTypes: readonly string[], schema: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, schema]))
}

/** Fields and files are parts of one body (OpenAPI 3.1, section 4.8.14.4). */
function multipartSchema(
  { fields, files }: MultipartBody,
  write: (schema: Schema) => JsonSchema,
): JsonSchema {
  const parts = {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(files).map(([name, rule]) => [name, fileSchema(rule)]),
    ),
    required: Object.keys(files).filter((name) => !files[name]?.optional),
  }
  return fields ? { allOf: [open(write(fields)), parts] } : parts
}

function fileSchema({ many, mediaTypes }: FileOptions): JsonSchema {
  const one = mediaTypes ? { contentMediaType: mediaTypes.join(', ') } : {}
  return many ? { type: 'array', items: one } : one
}

/** The files stand beside the fields. */
function open({ additionalProperties: _, ...schema }: JsonSchema): JsonSchema {
  return schema
}

function isRequired(body: Schema | Body): boolean {
  const schema = '~standard' in body ? body : body.kind === 'json' ? body.schema : undefined
  if (!schema) return true
  const { type } = toValibot(schema)
  return type !== 'optional' && type !== 'nullish'
}
