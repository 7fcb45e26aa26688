import { anyone, defineOperation, events, lines, type ServerEvent } from 'plinth/http'
import * as v from 'valibot'
import { ORIGIN } from './send.ts'

const define = defineOperation()

/** A source that tells what it was asked for. */
export interface Watched<T> extends AsyncIterable<T> {
  readonly asked: () => number
  readonly returned: () => number
  /** Resolves when it has been told to end. */
  readonly ended: Promise<void>
}

/** A source that counts its calls; `next` gives the item of a number, or undefined for the end. */
export function watch<T>(next: (n: number) => T | undefined | Promise<T | undefined>): Watched<T> {
  let asked = 0
  let returned = 0
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const iterator: AsyncIterator<T> = {
    async next() {
      asked += 1
      const value = await next(asked)
      return value === undefined ? { done: true, value } : { done: false, value }
    },
    async return() {
      returned += 1
      resolve()
      return { done: true, value: undefined }
    },
  }
  return {
    [Symbol.asyncIterator]: () => iterator,
    asked: () => asked,
    returned: () => returned,
    ended,
  }
}

/** An operation that answers with these events. */
export function eventsOf(source: () => AsyncIterable<ServerEvent>) {
  return define({
    method: 'GET',
    path: '/x',
    responses: { 200: events(v.unknown()) },
    guard: anyone,
    handler: () => ({ status: 200, body: source() }),
  })
}

/** An operation that answers with these lines. */
export function linesOf(source: () => AsyncIterable<unknown>) {
  return define({
    method: 'GET',
    path: '/x',
    responses: { 200: lines(v.unknown()) },
    guard: anyone,
    handler: () => ({ status: 200, body: source() }),
  })
}

/** A request to the one operation of `appOf`. */
export function get(headers: Record<string, string> = {}, init: RequestInit = {}): Request {
  return new Request(`${ORIGIN}/x`, { ...init, headers })
}

/** The next chunk of a stream as text; undefined at its end. */
export async function chunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string | undefined> {
  const { done, value } = await reader.read()
  return done ? undefined : new TextDecoder().decode(value)
}

/** The reader of an answer's body. */
export function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (!response.body) throw new Error('the answer has no body')
  return response.body.getReader()
}
