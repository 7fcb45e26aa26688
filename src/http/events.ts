import type { Schema } from './schema.ts'

/** A response that is a stream of server-sent events, whose data is JSON of this schema. */
export interface Events<S extends Schema = Schema> {
  readonly kind: 'events'
  readonly mediaType: 'text/event-stream'
  readonly schema: S
}

/** An event as a handler gives it. */
export interface ServerEvent<Data = unknown> {
  /** What the client sends as `Last-Event-ID` when it comes back. Without NUL, CR and LF. */
  readonly id?: string
  /** The type that the client listens for. Default `message`. Without CR and LF. */
  readonly event?: string
  /** Milliseconds after which the client comes back when the stream breaks. */
  readonly retry?: number
  readonly data: Data
}

/** An event as a client is given it. */
export interface ReceivedEvent<Data = unknown> {
  /** The last id that the stream has told; empty when it told none. */
  readonly id: string
  readonly event: string
  readonly data: Data
}

/**
 * Declares a response of server-sent events (`text/event-stream`, WHATWG HTML section 9.2). The
 * handler answers with an `AsyncIterable` of `{ id?, event?, retry?, data }`; data is sent as JSON.
 *
 * The next event is asked for when the client has taken the one before. While none comes, a comment
 * every 15 seconds keeps proxies from closing the connection. When the client goes away `signal` is
 * aborted and the iterator's `return` called, once. An error on the way is logged, and the connection
 * broken: the client comes back by itself and sends the last id it saw, which an operation reads by
 * declaring `last-event-id` in `headers`. Answer 204 to end that. `timeout` ends with the headers: a
 * stream may last. Needs an operation without a transaction.
 *
 * ```ts
 * import { anyone, events, operation } from 'plinth/api'
 * import * as v from 'valibot'
 *
 * export const count = operation({
 *   method: 'GET',
 *   path: '/count',
 *   headers: v.object({ 'last-event-id': v.optional(v.string()) }),
 *   responses: { 200: events(v.object({ n: v.number() })) },
 *   guard: anyone,
 *   handler: ({ headers }) => ({
 *     status: 200,
 *     body: (async function* () {
 *       for (let n = Number(headers['last-event-id'] ?? 0) + 1; n < 100; n++) {
 *         yield { id: String(n), data: { n } }
 *       }
 *     })(),
 *   }),
 * })
 * ```
 */
export function events<S extends Schema>(schema: S): Events<S> {
  return { kind: 'events', mediaType: 'text/event-stream', schema }
}
