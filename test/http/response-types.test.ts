import {
  anyone,
  type DownloadBody,
  defineOperation,
  download,
  events,
  lines,
  type Operation,
  type ReceivedEvent,
} from 'plinth/http'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { appOf } from './send.ts'

const define = defineOperation()
const Note = v.object({ id: v.string(), at: v.date() })
const base = { method: 'GET', path: '/', guard: anyone } as const
const note = { id: '1', at: new Date(0) }

async function* of<T>(...items: T[]): AsyncGenerator<T, void> {
  yield* items
}

describe('the types of streams and files', () => {
  it('let handlers answer what is declared, at once or later', () => {
    define({
      ...base,
      responses: { 200: events(Note) },
      handler: () => ({ status: 200, body: of({ id: '1', event: 'note', retry: 5, data: note }) }),
    })
    define({
      ...base,
      responses: { 200: events(Note), 204: null },
      handler: async ({ aborted }) =>
        aborted ? { status: 204 } : { status: 200, body: of({ data: note }) },
    })
    define({
      ...base,
      responses: { 200: events(Note) },
      handler: ({ signal }) => ({
        status: 200,
        body: (async function* () {
          while (!signal.aborted) yield { data: note }
        })(),
      }),
    })
    define({
      ...base,
      responses: { 200: lines(Note) },
      handler: () => ({ status: 200, body: of(note) }),
    })
    define({
      ...base,
      responses: { 200: download('application/pdf') },
      handler: () => ({ status: 200, body: new Blob([]) }),
    })
    define({
      ...base,
      responses: { 200: download('application/pdf') },
      handler: async () => ({
        status: 200,
        body: { size: 1, name: 'a', etag: 'b', read: async () => new Uint8Array(1) },
      }),
    })
  })

  it('refuse what is not declared', () => {
    define({
      ...base,
      responses: { 200: events(Note) },
      // @ts-expect-error: the data has no date.
      handler: () => ({ status: 200, body: of({ data: { id: '1' } }) }),
    })
    define({
      ...base,
      responses: { 200: events(Note) },
      // @ts-expect-error: an event has data.
      handler: () => ({ status: 200, body: of(note) }),
    })
    define({
      ...base,
      responses: { 200: lines(Note) },
      // @ts-expect-error: a line has a date.
      handler: () => ({ status: 200, body: of({ id: '1' }) }),
    })
    define({
      ...base,
      responses: { 200: lines(Note) },
      // @ts-expect-error: a list is no stream.
      handler: () => ({ status: 200, body: [note] }),
    })
    define({
      ...base,
      responses: { 200: download('application/pdf') },
      // @ts-expect-error: text is no file.
      handler: () => ({ status: 200, body: 'text' }),
    })
    define({
      ...base,
      // @ts-expect-error: an age is a number.
      cache: { maxAge: '60' },
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
  })

  it('give the client what it iterates or reads', () => {
    const operation = define({
      ...base,
      responses: { 200: events(Note), 201: lines(Note), 202: download('image/png') },
      handler: () => ({ status: 200, body: of({ data: note }) }),
    })
    type Received = { id: string; at: string }
    expectTypeOf(operation).toEqualTypeOf<
      Operation<
        Record<never, never>,
        {
          200: AsyncIterable<ReceivedEvent<Received>>
          201: AsyncIterable<Received>
          202: ReadableStream<Uint8Array>
        }
      >
    >()
    expectTypeOf<File>().toExtend<DownloadBody>()
    appOf(operation)
  })
})
