import type { Schema } from './schema.ts'

/** A response that is a stream of JSON values of this schema, each on its line. */
export interface Lines<S extends Schema = Schema> {
  readonly kind: 'lines'
  readonly mediaType: 'application/x-ndjson'
  readonly schema: S
}

/**
 * Declares a response of JSON values, each on its line (`application/x-ndjson`). The handler answers
 * with an `AsyncIterable` of them, such as the rows of `db.stream(...)`.
 *
 * The next value is asked for when the client has taken the one before, so the answer may be larger
 * than the memory. When the client goes away `signal` is aborted and the iterator's `return` called,
 * once. An error on the way is logged, and the connection broken, so that nobody takes a part for the
 * whole. `timeout` ends with the headers: a stream may last. Needs an operation without a transaction.
 *
 * ```ts
 * import { lines, operation } from 'plinth/api'
 * import * as v from 'valibot'
 *
 * async function* readings() {
 *   for (let n = 0; n < 1_000_000; n++) yield { n, at: new Date() }
 * }
 *
 * export const exportAll = operation({
 *   method: 'GET',
 *   path: '/readings',
 *   responses: { 200: lines(v.object({ n: v.number(), at: v.date() })) },
 *   handler: () => ({ status: 200, body: readings() }),
 * })
 * ```
 */
export function lines<S extends Schema>(schema: S): Lines<S> {
  return { kind: 'lines', mediaType: 'application/x-ndjson', schema }
}
