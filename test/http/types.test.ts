import {
  type Answer,
  anyone,
  content,
  defineOperation,
  type InputOf,
  type Operation,
  type OutputOf,
  role,
  type Wire,
} from 'plinth/http'
import type { Actor } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'

const define = defineOperation<{ db: { rows: number } }>()
const Note = v.object({ id: v.string(), title: v.string(), at: v.date() })
const note = { id: '1', title: 'a', at: new Date(0) }

describe('the types of an operation', () => {
  it('give the handler what the schemas give', () => {
    define({
      method: 'POST',
      path: '/notes/:id',
      params: v.object({ id: v.string() }),
      query: v.object({ limit: v.optional(v.pipe(v.string(), v.toNumber()), '1') }),
      body: v.object({ title: v.string() }),
      responses: { 204: null },
      handler: ({ params, query, headers, body, db, actor }) => {
        expectTypeOf(params).toEqualTypeOf<{ id: string }>()
        expectTypeOf(query).toEqualTypeOf<{ limit: number }>()
        expectTypeOf(headers).toEqualTypeOf<undefined>()
        expectTypeOf(body).toEqualTypeOf<{ title: string }>()
        expectTypeOf(db.rows).toEqualTypeOf<number>()
        expectTypeOf(actor).toEqualTypeOf<Actor>()
        return { status: 204 }
      },
    })
  })

  it('know the actor that the guard has made sure of', () => {
    const base = { method: 'GET', path: '/', responses: { 204: null } } as const
    define({
      ...base,
      guard: anyone,
      handler: ({ actor }) => {
        expectTypeOf(actor).toEqualTypeOf<Actor | null>()
        return { status: 204 }
      },
    })
    define({
      ...base,
      guard: role('staff'),
      handler: ({ actor }) => {
        expectTypeOf(actor).toEqualTypeOf<Actor>()
        return { status: 204 }
      },
    })
  })

  it('let handlers answer what is declared, at once or later', () => {
    const base = { method: 'GET', path: '/', responses: { 200: Note, 404: null } } as const
    define({ ...base, handler: () => ({ status: 200, body: note }) })
    define({ ...base, handler: async () => ({ status: 200, body: note }) })
    define({ ...base, handler: async () => ({ status: 404 }) })
    define({ ...base, handler: () => ({ status: 404, body: null, headers: { 'x-a': ['1'] } }) })
    define({
      ...base,
      handler: async ({ db }) =>
        db.rows > 0 ? { status: 200, body: note } : { status: 404, body: null },
    })
    define({
      method: 'GET',
      path: '/',
      responses: { 200: content('text/plain') },
      handler: () => ({ status: 200, body: 'text' }),
    })
  })

  it('refuse what is not declared', () => {
    const base = { method: 'GET', path: '/', responses: { 200: Note, 404: null } } as const
    // @ts-expect-error: 201 is not declared.
    define({ ...base, handler: () => ({ status: 201, body: note }) })
    // @ts-expect-error: 500 is not declared.
    define({ ...base, handler: async () => ({ status: 500 }) })
    // @ts-expect-error: the title is missing.
    define({ ...base, handler: () => ({ status: 200, body: { id: '1', at: new Date(0) } }) })
    // @ts-expect-error: the title is no text.
    define({ ...base, handler: async () => ({ status: 200, body: { ...note, title: 7 } }) })
    // @ts-expect-error: 200 has a body.
    define({ ...base, handler: () => ({ status: 200 }) })
    // @ts-expect-error: 404 has none.
    define({ ...base, handler: () => ({ status: 404, body: note }) })
    // @ts-expect-error: nothing is no answer.
    define({ ...base, handler: () => undefined })
    // @ts-expect-error: there is no such method.
    define({ ...base, method: 'FETCH', handler: () => ({ status: 404 }) })
    define({
      method: 'GET',
      path: '/',
      responses: { 200: content('text/plain') },
      // @ts-expect-error: content is text, bytes or a stream.
      handler: () => ({ status: 200, body: 7 }),
    })
  })

  it('keep what goes over the wire and nothing of the handler', () => {
    const update = define({
      method: 'PATCH',
      path: '/notes/:id',
      params: v.object({ id: v.string() }),
      query: v.object({ limit: v.optional(v.pipe(v.string(), v.toNumber()), '1') }),
      responses: { 200: Note, 404: null, 202: content('text/plain') },
      handler: () => ({ status: 200, body: note }),
    })
    expectTypeOf(update).toEqualTypeOf<
      Operation<
        { params: { id: string }; query: { limit?: string | undefined } },
        { 200: { id: string; title: string; at: string }; 404: undefined; 202: string }
      >
    >()
  })

  it('can be named', () => {
    const query = v.object({ q: v.string() })
    expectTypeOf<InputOf<{ query: typeof query }>>().toEqualTypeOf<{ query: { q: string } }>()
    expectTypeOf<OutputOf<{ 200: typeof Note }>[200]>().toEqualTypeOf<{
      id: string
      title: string
      at: string
    }>()
    expectTypeOf<Answer<{ 204: null }>['status']>().toEqualTypeOf<204>()
    expectTypeOf<Wire<{ at: Date; count: bigint; list: Date[]; none: null }>>().toEqualTypeOf<{
      at: string
      count: string
      list: string[]
      none: null
    }>()
  })
})
