import { misuse } from '../../kernel/index.ts'
import type { Schema } from '../schema.ts'
import { type BytesBody, createBytesReader } from './bytes.ts'
import { createFormReader, type FormBody } from './form.ts'
import { createJsonReader, JSON_TYPES, type JsonBody } from './json.ts'
import type { MultipartBody } from './multipart.ts'
import { createMultipartReader } from './multipart-reader.ts'
import type { BodyOptions, BodyReader } from './reader.ts'
import { createTextReader, type TextBody } from './text.ts'

/** A body that is no plain `application/json`. */
export type Body = JsonBody | FormBody | MultipartBody | TextBody | BytesBody

const READERS = {
  json: createJsonReader,
  form: createFormReader,
  multipart: createMultipartReader,
  text: createTextReader,
  bytes: createBytesReader,
} satisfies Record<Body['kind'], unknown> as Readonly<
  // Each reader is given the body of its own kind.
  Record<string, (body: Body, options: BodyOptions) => BodyReader>
>

/** Creates the reader of a declared body. Throws `misuse` beginning with `place` for one that cannot be read. */
export function createBodyReader(given: Schema | Body, options: BodyOptions): BodyReader {
  const body = isSchema(given)
    ? ({ kind: 'json', schema: given, mediaTypes: JSON_TYPES } as const)
    : given
  const create = READERS[body.kind]
  if (create) return create(body, options)
  throw misuse(options.place, `is of the kind "${body.kind}"; use a schema or ${NAMES}`)
}

const NAMES = Object.keys(READERS)
  .map((name) => `${name}()`)
  .join(', ')

/** Tests whether a body is declared by a schema alone. */
export function isSchema(body: Schema | Body): body is Schema {
  return '~standard' in body
}

/** Whether a body goes on arriving while the handler is at work. */
export function isStreamed(body: Schema | Body): boolean {
  return !isSchema(body) && body.kind === 'multipart' && Object.keys(body.files).length > 0
}
