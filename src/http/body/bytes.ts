import { assertKnown } from '../../kernel/index.ts'
import { addIssue } from '../issues.ts'
import { createMediaTypeCheck } from '../media-type.ts'
import { assertMediaTypes } from './json.ts'
import { essenceOf, isContentOf } from './magic.ts'
import { type BodyOptions, missingBody, type WholeReader } from './reader.ts'
import { assertBytes } from './text.ts'

/** How a body of bytes is declared. */
export interface BytesOptions {
  /** Default `application/octet-stream` alone. */
  readonly mediaTypes?: readonly string[]
  /** Default: the operation's `bodyLimit`, or the app's. */
  readonly maxBytes?: number
}

/** A body of bytes. */
export interface BytesBody extends BytesOptions {
  readonly kind: 'bytes'
  readonly mediaTypes: readonly string[]
  /** Types only: what the handler is given. */
  readonly $output?: Uint8Array
  /** Types only: what a client sends. */
  readonly $input?: Uint8Array | Blob | ReadableStream<Uint8Array>
}

/**
 * Declares a body of bytes; the handler's `body` is a `Uint8Array`. Content that does not begin as
 * its media type does is refused with `invalid_input` (422), for the types whose beginnings are
 * known: png, jpeg, gif, webp, pdf, zip, gzip, mp4, mp3.
 *
 * ```ts
 * import { bytes, defineOperation } from 'plinth/http'
 *
 * const operation = defineOperation()
 *
 * export const setPortrait = operation({
 *   method: 'PUT',
 *   path: '/portrait',
 *   body: bytes({ mediaTypes: ['image/png', 'image/jpeg'], maxBytes: 200_000 }),
 *   responses: { 204: null },
 *   handler: ({ body }) => {
 *     console.log(body.length)
 *     return { status: 204 }
 *   },
 * })
 * ```
 */
export function bytes(options: BytesOptions = {}): BytesBody {
  assertKnown('bytes()', options, ['mediaTypes', 'maxBytes'])
  const { mediaTypes = ['application/octet-stream'] } = options
  assertMediaTypes(mediaTypes, 'bytes()')
  assertBytes(options.maxBytes, 'bytes(): maxBytes')
  return { ...options, kind: 'bytes', mediaTypes }
}

/** Creates the reader of a body of bytes. */
export function createBytesReader(
  { mediaTypes, maxBytes }: BytesBody,
  { bodyLimit }: BodyOptions,
): WholeReader {
  const check = createMediaTypeCheck(mediaTypes, { utf8: false })
  return {
    streamed: false,
    limit: maxBytes ?? bodyLimit,
    check,
    parse(value, { incoming, issues }) {
      const type = incoming.header('content-type')
      if (type === null) {
        if (value.length === 0) throw missingBody(mediaTypes)
        check(incoming)
      }
      const mediaType = essenceOf(type ?? '')
      if (!isContentOf(mediaType, value)) addIssue(issues, 'body', `Is not ${mediaType}`)
      return value
    },
  }
}
