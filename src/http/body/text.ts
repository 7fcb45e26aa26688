import { assertKnown, misuse } from '../../kernel/index.ts'
import { addIssue } from '../issues.ts'
import { createMediaTypeCheck } from '../media-type.ts'
import { findBadText } from '../text.ts'
import { assertMediaTypes } from './json.ts'
import { type BodyOptions, decodeUtf8, missingBody, type WholeReader } from './reader.ts'

/** How a body of text is declared. */
export interface TextOptions {
  /** Default `text/plain`. */
  readonly mediaType?: string
  /** Default: the operation's `bodyLimit`, or the app's. */
  readonly maxBytes?: number
}

/** A body of text. */
export interface TextBody extends TextOptions {
  readonly kind: 'text'
  readonly mediaType: string
  /** Types only: what the handler is given. */
  readonly $output?: string
  /** Types only: what a client sends. */
  readonly $input?: string
}

/**
 * Declares a body of text in UTF-8; the handler's `body` is a string. Other encodings are refused with
 * 415, bytes that are not UTF-8 with `invalid_text` (400), NUL with `invalid_input` (422).
 *
 * ```ts
 * import { defineOperation, text } from 'plinth/http'
 *
 * const operation = defineOperation()
 *
 * export const importRows = operation({
 *   method: 'POST',
 *   path: '/rows/import',
 *   body: text({ mediaType: 'text/csv', maxBytes: 5_000_000 }),
 *   responses: { 204: null },
 *   handler: ({ body }) => {
 *     console.log(body.split('\n').length)
 *     return { status: 204 }
 *   },
 * })
 * ```
 */
export function text(options: TextOptions = {}): TextBody {
  assertKnown('text()', options, ['mediaType', 'maxBytes'])
  const { mediaType = 'text/plain' } = options
  assertMediaTypes([mediaType], 'text()')
  assertBytes(options.maxBytes, 'text(): maxBytes')
  return { ...options, kind: 'text', mediaType }
}

/** Throws `misuse` for a limit that is no positive integer. */
export function assertBytes(value: number | undefined, place: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return
  throw misuse(place, `is ${value}; expected a positive integer`)
}

/** Creates the reader of a body of text. */
export function createTextReader(
  { mediaType, maxBytes }: TextBody,
  { bodyLimit }: BodyOptions,
): WholeReader {
  const check = createMediaTypeCheck([mediaType])
  return {
    streamed: false,
    limit: maxBytes ?? bodyLimit,
    check,
    parse(bytes, { incoming, issues }) {
      if (incoming.header('content-type') === null) {
        if (bytes.length === 0) throw missingBody([mediaType])
        check(incoming)
      }
      const value = decodeUtf8(bytes, 'invalid_text')
      const problem = findBadText(value)
      if (problem !== undefined) addIssue(issues, 'body', problem)
      return value
    },
  }
}
