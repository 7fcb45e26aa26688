import { createParser } from '../create-parser.ts'
import { createMediaTypeCheck } from '../media-type.ts'
import type { Schema, SchemaInput, SchemaOutput } from '../schema.ts'
import { parseUrlencoded } from '../urlencoded.ts'
import { FULLY_CHECKED } from './json.ts'
import { type BodyOptions, decodeUtf8, malformed, missingBody, type WholeReader } from './reader.ts'

/** A body as HTML forms send it. */
export interface FormBody<Output = unknown, Input = unknown> {
  readonly kind: 'form'
  readonly schema: Schema<Input, Output>
  /** Types only: what the handler is given. */
  readonly $output?: Output
  /** Types only: what a client sends. */
  readonly $input?: Input
}

/**
 * Declares a body of `application/x-www-form-urlencoded`, as HTML forms send it. Values are text, which
 * the schema may convert; a name may come twice only where the schema takes a list. Names with dots
 * or brackets are plain names.
 *
 * Refused with `invalid_form` (400) are bodies that are not percent-encoded UTF-8 or have more than
 * 1,000 fields. Browsers send forms to other sites unasked, so the origin check guards them like any
 * body.
 *
 * ```ts
 * import { anyone, defineOperation, form } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * const operation = defineOperation()
 *
 * export const subscribe = operation({
 *   method: 'POST',
 *   path: '/subscriptions',
 *   body: form(v.object({ email: v.pipe(v.string(), v.email()), topic: v.array(v.string()) })),
 *   responses: { 204: null },
 *   guard: anyone,
 *   handler: ({ body }) => {
 *     console.log(body.email, body.topic.length)
 *     return { status: 204 }
 *   },
 * })
 * ```
 */
export function form<S extends Schema>(schema: S): FormBody<SchemaOutput<S>, SchemaInput<S>> {
  return { kind: 'form', schema }
}

/** Fields of a form, of whichever encoding. More are sent to keep a server busy. */
export const MAX_FIELDS = 1_000
const FORM_TYPES = ['application/x-www-form-urlencoded']

/** Creates the reader of a form. */
export function createFormReader(
  { schema }: FormBody,
  { bodyLimit, place }: BodyOptions,
): WholeReader {
  const parser = createParser(schema, place)
  const lists = parser.lists()
  const check = createMediaTypeCheck(FORM_TYPES)
  return {
    streamed: false,
    limit: bodyLimit,
    check,
    parse(bytes, { incoming, issues }) {
      if (incoming.header('content-type') === null) {
        if (bytes.length === 0) throw missingBody(FORM_TYPES)
        check(incoming)
      }
      const text = decodeUtf8(bytes, 'invalid_form')
      assertFew(text)
      const known = issues.length
      const values = parseUrlencoded(text, { lists, issues, part: 'body' })
      const firstOnly = bytes.length > FULLY_CHECKED
      return issues.length > known
        ? undefined
        : parser.parse(values, { path: 'body', issues, firstOnly })
    },
  }
}

function assertFew(text: string): void {
  let count = 1
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    if (++count > MAX_FIELDS) throw tooManyFields('invalid_form')
  }
}

/** The refusal of a form of too many fields. */
export function tooManyFields(code: string): Error {
  return malformed(code, `The form has more than ${MAX_FIELDS} fields.`)
}
