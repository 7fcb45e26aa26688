import {
  anyone,
  found,
  insertSchema,
  mount,
  operation,
  pageSchema,
  resource,
  role,
  rowSchema,
} from 'plinth/api'
import { type Client, client } from 'plinth/client'
import { type Database, type Handle, id, ref, table, timestamp } from 'plinth/data'
import type { Actor } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'

const people = table('people', { id: id(), name: v.string() })
const notes = table('notes', {
  id: id(),
  owner: ref(people, { default: 'actor' }),
  title: v.string(),
  size: v.optional(v.bigint()),
  due: timestamp({ nullable: true }),
  createdAt: timestamp({ default: 'now' }),
})
const state = v.picklist(['open', 'done'])

describe('the types of an operation', () => {
  it('infer every part of the context', () => {
    operation({
      method: 'POST',
      path: '/notes/:id',
      params: v.object({ id: v.string() }),
      query: v.object({ limit: v.optional(v.pipe(v.string(), v.toNumber())) }),
      headers: v.object({ 'if-match': v.string() }),
      body: v.object({ at: v.pipe(v.string(), v.toDate()), n: v.optional(v.number(), 3) }),
      responses: { 204: null },
      handler: ({ params, query, headers, body, actor, db }) => {
        expectTypeOf(params).toEqualTypeOf<{ id: string }>()
        expectTypeOf(query).toEqualTypeOf<{ limit?: number | undefined }>()
        expectTypeOf(headers).toEqualTypeOf<{ 'if-match': string }>()
        expectTypeOf(body).toEqualTypeOf<{ at: Date; n: number }>()
        expectTypeOf(actor).toEqualTypeOf<Actor>()
        expectTypeOf(db).toEqualTypeOf<Handle>()
        return { status: 204 }
      },
    })
  })

  it('leave out what is not declared', () => {
    operation({
      method: 'GET',
      path: '/',
      responses: { 204: null },
      handler: ({ params, body }) => {
        expectTypeOf(params).toEqualTypeOf<undefined>()
        expectTypeOf(body).toEqualTypeOf<undefined>()
        return { status: 204 }
      },
    })
  })

  it('know the actor by the guard', () => {
    const spec = { method: 'GET', path: '/', responses: { 204: null } } as const
    operation({
      ...spec,
      guard: anyone,
      handler: ({ actor }) => {
        expectTypeOf(actor).toEqualTypeOf<Actor | null>()
        return { status: 204 }
      },
    })
    operation({
      ...spec,
      guard: role('staff'),
      handler: ({ actor }) => {
        expectTypeOf(actor).toEqualTypeOf<Actor>()
        return { status: 204 }
      },
    })
  })

  it('accept every declared answer, with or without a context', () => {
    const spec = {
      method: 'GET',
      path: '/',
      responses: { 200: v.object({ state, tags: v.array(v.string()) }), 404: null },
    } as const
    operation({ ...spec, handler: () => ({ status: 200, body: { state: 'open', tags: ['a'] } }) })
    operation({ ...spec, handler: async () => ({ status: 404 }) })
    operation({
      ...spec,
      handler: async ({ actor }) => {
        if (actor.id === '') return { status: 404 }
        return { status: 200, headers: { etag: '"1"' }, body: { state: 'done', tags: [] } }
      },
    })
  })

  it('refuse every other answer', () => {
    const spec = { method: 'GET', path: '/', responses: { 200: v.object({ state }) } } as const
    // @ts-expect-error the status is not declared
    operation({ ...spec, handler: () => ({ status: 201, body: { state: 'open' } }) })
    // @ts-expect-error the word is not one of those picked
    operation({ ...spec, handler: () => ({ status: 200, body: { state: 'lost' } }) })
    // @ts-expect-error the body is missing
    operation({ ...spec, handler: () => ({ status: 200 }) })
    operation({
      ...spec,
      // @ts-expect-error one of two answers is not declared
      handler: async ({ actor }) => {
        if (actor.id === '') return { status: 404 }
        return { status: 200, body: { state: 'open' } }
      },
    })
  })
})

const tree = {
  notes: {
    ...resource(notes),
    finish: operation({
      method: 'POST',
      path: '/notes/:id/finish',
      params: v.object({ id: v.string() }),
      body: v.object({ at: v.pipe(v.string(), v.toDate()) }),
      query: v.object({ force: v.optional(v.pipe(v.string(), v.toBoolean())) }),
      responses: {
        200: v.object({ at: v.date(), size: v.bigint(), state }),
        409: v.object({ code: v.literal('done') }),
      },
      handler: () => ({ status: 409, body: { code: 'done' } }),
    }),
  },
  ping: operation({
    method: 'GET',
    path: '/ping',
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
}

describe('the types of a client', () => {
  type Api = Client<ReturnType<typeof mounted>>
  const mounted = () => mount(tree, { database: {} as Database })

  it('take the input of an operation', () => {
    type Finish = NonNullable<Parameters<Api['notes']['finish']>[0]>
    expectTypeOf<Finish['body']>().toEqualTypeOf<{ at: string }>()
    expectTypeOf<Finish['params']['id']>().toEqualTypeOf<
      string | number | bigint | boolean | Date
    >()
    expectTypeOf<Api['ping']>().parameter(0).toBeNullable()
    const api = client<ReturnType<typeof mounted>>('https://shop.example')
    // @ts-expect-error a required part is missing
    const missing = () => api.notes.finish({ body: { at: '' } })
    // @ts-expect-error there is no such operation
    const unknown = () => api.notes.finsh
    expectTypeOf([missing, unknown]).toBeArray()
  })

  it('give one of the answers, told apart by status', async () => {
    type Answer = Awaited<ReturnType<Api['notes']['finish']>>
    type Body<Status> = Extract<Answer, { status: Status }>['body']
    expectTypeOf<Body<200>>().toEqualTypeOf<{
      at: string
      size: string
      state: 'open' | 'done'
    }>()
    expectTypeOf<Body<409>>().toEqualTypeOf<{ code: 'done' }>()
    const narrow = (answer: Answer) => {
      if (answer.status === 200) expectTypeOf(answer.body.state).toEqualTypeOf<'open' | 'done'>()
      else if (answer.status === 409) expectTypeOf(answer.body.code).toEqualTypeOf<'done'>()
      else expectTypeOf(answer.body.code).toEqualTypeOf<string>()
    }
    expectTypeOf(narrow).toBeFunction()
  })

  it('follow the columns of a resource', () => {
    type Create = NonNullable<Parameters<Api['notes']['create']>[0]>['body']
    expectTypeOf<Create>().toEqualTypeOf<{
      title: string
      size?: string | undefined
      due?: string | null | undefined
    }>()
    type Created = Extract<Awaited<ReturnType<Api['notes']['create']>>, { status: 201 }>['body']
    expectTypeOf<Created>().toEqualTypeOf<{
      id: string
      owner: string
      title: string
      size: string | null
      due: string | null
      createdAt: string
    }>()
    type Page = Extract<Awaited<ReturnType<Api['notes']['list']>>, { status: 200 }>['body']
    expectTypeOf<Page['items'][number]>().toEqualTypeOf<Created>()
  })

  it('leave out of a body what is readonly', () => {
    const { create, update } = resource(notes, { readonly: ['size', 'due'] })
    type Body<Input> = Input extends { body: infer B } ? B : never
    expectTypeOf<Body<NonNullable<typeof create.$input>>>().toEqualTypeOf<{ title: string }>()
    expectTypeOf<Body<NonNullable<typeof update.$input>>>().toEqualTypeOf<{
      title?: string | undefined
    }>()
    operation({
      method: 'POST',
      path: '/own',
      body: insertSchema(notes, { omit: ['due'] }),
      responses: { 201: rowSchema(notes), 200: pageSchema(notes) },
      handler: async ({ db, body }) => {
        expectTypeOf(body).toEqualTypeOf<{ title: string; size?: bigint | undefined }>()
        if (body.title === '') return { status: 200, body: await db.list(notes) }
        return { status: 201, body: found(await db.first(notes)) }
      },
    })
  })

  it('know the columns that may be filtered and sorted', () => {
    resource(notes, { list: { filter: ['title', 'createdAt.gte'], order: ['createdAt'] } })
    // @ts-expect-error there is no such column
    const column = () => resource(notes, { list: { filter: ['titel'] } })
    // @ts-expect-error there is no such comparison
    const comparison = () => resource(notes, { list: { filter: ['title.like'] } })
    // @ts-expect-error the operation was switched off
    const off = () => resource(notes, { only: ['list'] }).get
    expectTypeOf([column, comparison, off]).toBeArray()
  })
})
