import type { ResponseKind, Schema } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { schemaWriter } from '../wire/schema-writer.ts'
import { type Examples, examplesOf } from './examples.ts'
import { type Facts, isDownload, isRevalidated } from './facts.ts'
import { headersOf } from './headers.ts'
import { PROBLEM_CONTENT, problemsOf, type ResponseObject } from './problems.ts'
import type { SchemaWriter } from './schemas.ts'

interface Response extends ResponseObject {
  readonly content?: ResponseObject
}

/** Writes the answers that an operation declares, and the problems that it may meet. */
export function responsesOf(facts: Facts, schemas: SchemaWriter): Record<string, ResponseObject> {
  const problems = problemsOf(facts)
  const responses: Record<string, ResponseObject> = { ...problems }
  if (isRevalidated(facts.spec)) responses['304'] = responseOf(facts, 304, schemas)
  if (isDownload(facts.spec)) responses['206'] = responseOf(facts, 206, schemas)
  for (const status of Object.keys(facts.spec.responses)) {
    const written = responseOf(facts, Number(status), schemas)
    // What the operation answers with a status, and what the server refuses with the same one.
    const content = { ...written.content, ...(problems[status] && PROBLEM_CONTENT) }
    responses[status] = Object.keys(content).length > 0 ? { ...written, content } : written
  }
  return responses
}

function responseOf(facts: Facts, status: number, schemas: SchemaWriter): Response {
  const { spec } = facts
  const response = spec.responses[status === 206 ? 200 : status]
  const described = {
    description: DESCRIPTIONS[status] ?? `Status ${status}.`,
    ...headersOf(facts, status),
  }
  if (!response) return described
  const { mediaType, write, ...media } = mediaOf(response, schemas)
  const examples: Examples = examplesOf(spec, ({ response: example }) => {
    const { status: given, body } = example ?? {}
    return given === status && body !== undefined ? write(body) : undefined
  })
  return {
    ...described,
    content: { [mediaType]: { ...media, ...examples }, ...othersOf(response) },
  }
}

/** The other types that content may have, of which no example is shown. */
function othersOf(response: NonNullable<ResponseKind>): Record<string, object> {
  if ('~standard' in response || response.kind !== 'content') return {}
  return Object.fromEntries(
    (response.others ?? []).map((type) => [type, { schema: schemaOf(type) }]),
  )
}

interface Media {
  readonly mediaType: string
  readonly schema: JsonSchema
  /** A body as an example shows it; undefined when it cannot be shown. */
  readonly write: (body: unknown) => unknown
}

function mediaOf(response: NonNullable<ResponseKind>, schemas: SchemaWriter): Media {
  if ('~standard' in response) {
    const write = (body: unknown) => written(response, body)
    return { mediaType: 'application/json', schema: schemas.write(response, 'output'), write }
  }
  const { kind, mediaType } = response
  if (kind === 'events' || kind === 'lines') {
    const items = schemas.write(response.schema, 'output')
    return { mediaType, schema: { type: 'string', 'x-item-schema': items }, write: () => undefined }
  }
  const write = (body: unknown) => (typeof body === 'string' ? body : undefined)
  return { mediaType, schema: schemaOf(mediaType), write }
}

/** Bytes are of no type. */
function schemaOf(mediaType: string): JsonSchema {
  return mediaType.startsWith('text/') ? { type: 'string' } : {}
}

function written(schema: Schema, body: unknown): unknown {
  const writer = schemaWriter(schema)
  const value = writer ? writer(body) : body
  return value instanceof Promise ? undefined : value
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted; it will be done.',
  204: 'Done; there is nothing to say.',
  206: 'The part that was asked for.',
  303: 'See another address.',
  304: 'Not changed.',
  400: 'The request cannot be read.',
  401: 'Nobody is signed in.',
  403: 'The caller may not do this.',
  404: 'There is nothing that the caller may see.',
  409: 'The state of the data does not allow this.',
  410: 'It is gone.',
  422: 'The input is not valid.',
  429: 'Too many requests.',
  503: 'Not ready.',
}
