import type { Download, DownloadBody } from './download.ts'
import type { Events, ReceivedEvent, ServerEvent } from './events.ts'
import type { Lines } from './lines.ts'
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts'

/** A response that is not JSON: text of this media type, bytes or a stream. */
export interface Content {
  readonly kind: 'content'
  readonly mediaType: string
  /** Other types that the handler may give it, by `content-type`, to clients that ask for them. */
  readonly others?: readonly string[]
}

/** What an operation may answer with one status. */
export type ResponseKind = Schema | Content | Events | Lines | Download | null

/**
 * By status: the schema of a JSON body, `content(...)` for another media type, `events(...)` and
 * `lines(...)` for streams of values, `download(...)` for a file, or null for no body.
 */
export type Responses = Readonly<Record<number, ResponseKind>>

/** What a handler puts into a response: the schema's input, since the client reads its output. */
type BodyOf<S> = S extends Schema
  ? SchemaInput<S>
  : S extends Content
    ? string | Uint8Array | ReadableStream<Uint8Array>
    : S extends Events<infer Data>
      ? AsyncIterable<ServerEvent<SchemaInput<Data>>>
      : S extends Lines<infer Item>
        ? AsyncIterable<SchemaInput<Item>>
        : S extends Download
          ? DownloadBody
          : null | undefined

/** One of the declared responses: the compiler refuses any other status or body. */
export type Answer<R extends Responses = Responses> = {
  [S in keyof R & number]: {
    readonly status: S
    readonly headers?: Readonly<Record<string, string | readonly string[]>>
  } & BodyField<R[S]>
}[keyof R & number]
type BodyField<S> = S extends null ? { readonly body?: null } : { readonly body: BodyOf<S> }

/** A value as JSON brings it: dates, big integers and bytes arrive as text. */
export type Wire<T> = unknown extends T
  ? T
  : T extends Date | bigint | Uint8Array
    ? string
    : T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly (infer Item)[]
        ? Wire<Item>[]
        : { [K in keyof T]: Wire<T[K]> }

/**
 * The client's side of an operation's responses. A stream of values is iterated, and a file is read
 * as it arrives: `new Response(body).blob()` makes one piece of it.
 */
export type OutputOf<R extends Responses> = {
  [S in keyof R & number]: R[S] extends Schema
    ? Wire<SchemaOutput<R[S]>>
    : R[S] extends Content
      ? string
      : R[S] extends Events<infer Data>
        ? AsyncIterable<ReceivedEvent<Wire<SchemaOutput<Data>>>>
        : R[S] extends Lines<infer Item>
          ? AsyncIterable<Wire<SchemaOutput<Item>>>
          : R[S] extends Download
            ? ReadableStream<Uint8Array>
            : undefined
}
