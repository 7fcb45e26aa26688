import type { Body, MultipartBody, Operation, Schema } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { examplesOf } from './examples.ts'
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
  const json = '~standard' in body || body.kind === 'json' || body.kind === 'form'
  const examples = examplesOf(spec, (example) =>
    json || typeof example.body === 'string' ? example.body : undefined,
  )
  const media = Object.entries(mediaOf(body, schemas)).map(([mediaType, written]) => {
    return [mediaType, { ...written, ...examples }]
  })
  return { required: !isOptional(body), content: Object.fromEntries(media) }
}

function isOptional(body: Schema | Body): boolean {
  const schema = '~standard' in body ? body : body.kind === 'json' ? body.schema : undefined
  if (!schema) return false
  const result = schema['~standard'].validate(undefined)
  return !(result instanceof Promise) && !result.issues
}

interface Media {
  readonly schema: JsonSchema
  readonly encoding?: JsonSchema
}

function mediaOf(body: Schema | Body, schemas: SchemaWriter): Record<string, Media> {
  if ('~standard' in body) return { 'application/json': { schema: schemas.write(body, 'input') } }
  switch (body.kind) {
    case 'json': {
      const schema = schemas.write(body.schema, 'input')
      return Object.fromEntries(body.mediaTypes.map((mediaType) => [mediaType, { schema }]))
    }
    case 'form':
      return { 'application/x-www-form-urlencoded': { schema: schemas.text(body.schema) } }
    case 'multipart':
      return { 'multipart/form-data': multipartMedia(body, schemas) }
    case 'text':
      return { [body.mediaType]: { schema: { type: 'string' } } }
    case 'bytes':
      return Object.fromEntries(body.mediaTypes.map((mediaType) => [mediaType, { schema: {} }]))
  }
}

/** Fields and then files; which media types a file may be of stands in its encoding. */
function multipartMedia({ fields, files }: MultipartBody, schemas: SchemaWriter): Media {
  const { properties = {}, required = [] } = (fields ? schemas.text(fields) : {}) as {
    properties?: Readonly<Record<string, JsonSchema>>
    required?: readonly string[]
  }
  const named = Object.entries(files)
  const written = named.map(([name, { many, maxBytes }]) => {
    const one = { description: `A file of at most ${maxBytes} bytes.` }
    const maxItems = typeof many === 'number' ? { maxItems: many } : {}
    // The encoding's media type holds for each member of a list.
    return [name, many ? { type: 'array', items: one, ...maxItems } : one]
  })
  const encoding = named.map(([name, { mediaTypes = ['*/*'] }]) => {
    return [name, { contentType: mediaTypes.join(', ') }]
  })
  return {
    schema: {
      type: 'object',
      properties: { ...properties, ...Object.fromEntries(written) },
      required: [...required, ...named.flatMap(([name, { optional }]) => (optional ? [] : name))],
      additionalProperties: false,
    },
    ...(encoding.length > 0 && { encoding: Object.fromEntries(encoding) }),
  }
}
