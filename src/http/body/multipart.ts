import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Schema, SchemaInput, SchemaOutput } from '../schema.ts'
import { assertMediaTypes } from './json.ts'
import { assertBytes } from './text.ts'

/** What is accepted under one name of a multipart body. */
export interface FileOptions {
  /** The largest size of one file. A longer one is refused with 413 while it arrives. */
  readonly maxBytes: number
  /** Default: any. A file of another type is refused with 422. */
  readonly mediaTypes?: readonly string[]
  /** Whether it may be left out. Default false. */
  readonly optional?: boolean
  /** Whether several may come: true is up to 100, a number is the largest. Default false. */
  readonly many?: boolean | number
}

/** The files of a multipart body by their names. */
export interface FilesOptions {
  readonly [name: string]: FileOptions
}

/** A file that is arriving. */
export interface UploadedFile<Name extends string = string> {
  /** The name it was declared under. */
  readonly name: Name
  /** What the sender called it, without anything that a file system would obey. Never empty. */
  readonly filename: string
  /** Lower case, without parameters; `application/octet-stream` where the sender named none. */
  readonly mediaType: string
  /** Its content, as fast as it is read. Ends with an error when the file is too large or cut off. */
  readonly stream: ReadableStream<Uint8Array>
}

/** A body of fields and files. */
export interface MultipartBody<Output = unknown, Input = unknown> {
  readonly kind: 'multipart'
  readonly fields: Schema | undefined
  readonly files: FilesOptions
  readonly maxBytes: number | undefined
  /** Types only: what the handler is given. */
  readonly $output?: Output
  /** Types only: what a client sends. */
  readonly $input?: Input
}

/** What a handler is given of a multipart body. */
export interface MultipartOutput<Fields extends Schema | undefined, Files> {
  readonly fields: Fields extends Schema ? SchemaOutput<Fields> : undefined
  /** The files in the order in which they come. Each is read before the next is asked for, or skipped. */
  readonly files: AsyncIterable<UploadedFile<keyof Files & string>>
}

/** What a client sends as a multipart body. */
export type MultipartInput<Fields extends Schema | undefined, Files> = (Fields extends Schema
  ? { readonly fields: SchemaInput<Fields> }
  : { readonly fields?: undefined }) & { readonly files: FilesInput<Files> }

type FilesInput<Files> = {
  readonly [K in keyof Files as Files[K] extends { optional: true } ? never : K]: FileInput<
    Files[K]
  >
} & {
  readonly [K in keyof Files as Files[K] extends { optional: true } ? K : never]?: FileInput<
    Files[K]
  >
}
type FileInput<Rule> = Rule extends { many: true | number } ? readonly Blob[] : Blob

/**
 * Declares a file of a multipart body.
 *
 * The content of png, jpeg, gif, webp, pdf, zip, gzip, mp4 and mp3 files must begin as their media type
 * does, and their names must end as files of that type do. Other types are taken at the sender's word:
 * serve them as downloads.
 *
 * ```ts
 * import { file } from 'plinth/http'
 *
 * export const photo = file({ maxBytes: 5_000_000, mediaTypes: ['image/png', 'image/jpeg'] })
 * ```
 */
export function file<const Rule extends FileOptions>(options: Rule): Rule {
  assertKnown('file()', options, ['maxBytes', 'mediaTypes', 'optional', 'many'])
  assertBytes(options.maxBytes ?? Number.NaN, 'file(): maxBytes')
  if (options.mediaTypes) assertMediaTypes(options.mediaTypes, 'file()')
  if (typeof options.many === 'number') assertBytes(options.many, 'file(): many')
  return options
}

/**
 * Declares a body of `multipart/form-data` (RFC 7578): fields, read and validated before the handler
 * is called, and files, which arrive while it is at work and are never held in memory as a whole.
 * Clients send the fields before the files.
 *
 * The operation needs `transaction: false`, so that a slow client does not hold one open, and often a
 * longer `timeout`. `bodyLimit` bounds the fields, `maxBytes` the body as a whole (default: the fields
 * and all files at their largest). Refused are bodies that are cut off or malformed
 * (`invalid_multipart`, 400), too large (413), and files of other names, types or numbers (422).
 * What the handler leaves unread is thrown away.
 *
 * ```ts
 * import { defineOperation, file, multipart } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * const operation = defineOperation()
 *
 * export const upload = operation({
 *   method: 'POST',
 *   path: '/photos',
 *   transaction: false,
 *   body: multipart({
 *     fields: v.object({ album: v.string() }),
 *     files: { photo: file({ maxBytes: 5_000_000, mediaTypes: ['image/png'], many: 10 }) },
 *   }),
 *   responses: { 201: v.object({ bytes: v.number() }) },
 *   handler: async ({ body }) => {
 *     let bytes = 0
 *     for await (const { stream } of body.files) {
 *       for await (const chunk of stream) bytes += chunk.length
 *     }
 *     return { status: 201, body: { bytes } }
 *   },
 * })
 * ```
 */
export function multipart<
  Fields extends Schema | undefined = undefined,
  const Files extends FilesOptions = Record<never, FileOptions>,
>(options: {
  readonly fields?: Fields
  readonly files?: Files
  readonly maxBytes?: number
}): MultipartBody<MultipartOutput<Fields, Files>, MultipartInput<Fields, Files>> {
  assertKnown('multipart()', options, ['fields', 'files', 'maxBytes'])
  const { fields, maxBytes } = options
  const files: FilesOptions = options.files ?? {}
  assertBytes(maxBytes, 'multipart(): maxBytes')
  for (const [name, rule] of Object.entries(files)) {
    if (typeof rule?.maxBytes === 'number') file(rule)
    else throw misuse(`multipart(): files.${name}`, 'is not made with file({ maxBytes })')
  }
  return { kind: 'multipart', fields, files, maxBytes }
}

/** How many files may come under one name. */
export function countOf({ many = false }: FileOptions): number {
  return typeof many === 'number' ? many : many ? 100 : 1
}
