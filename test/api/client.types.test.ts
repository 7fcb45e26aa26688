import { type Call, type Client, client, type ProblemBody, unwrap } from 'plinth/client'
import { describe, expectTypeOf, it } from 'vitest'

interface Note {
  id: string
  title: string
}
interface Page {
  items: Note[]
  next: string | null
}
interface Query {
  query: { limit?: number; cursor?: string }
}

interface App {
  readonly $operations?: {
    notes: {
      list: Operation<Query, { 200: Page }>
      all: Operation<{ query: { limit?: number } }, { 200: Page }>
      of: Operation<Query & { params: { owner: string } }, { 200: Page }>
      get: Operation<{ params: { id: string } }, { 200: Note; 404: { gone: boolean } }>
      feed: Operation<Record<never, never>, { 200: AsyncIterable<Note>; 204: undefined }>
    }
  }
}
interface Operation<Input, Output> {
  readonly kind: 'operation'
  readonly $input?: Input
  readonly $output?: Output
}

const api: Client<App> = client<App>('https://shop.example')

// Each function is compiled and none is called.
describe('the types of a client', () => {
  it('tell the body by the status', () => {
    const check = async () => {
      const answer = await api.notes.get({ params: { id: '1' } })
      if (answer.status === 200) expectTypeOf(answer.body).toEqualTypeOf<Note>()
      else if (answer.status === 404) expectTypeOf(answer.body).toEqualTypeOf<{ gone: boolean }>()
      else expectTypeOf(answer.body).toEqualTypeOf<ProblemBody>()
      if (answer.status === 0) expectTypeOf(answer.body).toEqualTypeOf<ProblemBody>()
      // @ts-expect-error -- nobody answers this
      if (answer.status === 299) return
    }
    expectTypeOf(check).toBeFunction()
  })

  it('give a list its pages, and nothing else', () => {
    expectTypeOf(api.notes.list.pages).returns.toEqualTypeOf<AsyncIterable<Page>>()
    expectTypeOf(api.notes.list.each).returns.toEqualTypeOf<AsyncIterable<Note>>()
    expectTypeOf(api.notes.list.each).toBeCallableWith({ query: { limit: 5 } })
    expectTypeOf(api.notes.of.each).parameter(0).toHaveProperty('params')
    expectTypeOf(api.notes.all).not.toHaveProperty('each')
    expectTypeOf(api.notes.get).not.toHaveProperty('pages')
    // @ts-expect-error -- an owner is needed
    expectTypeOf(() => api.notes.of.each()).toBeFunction()
  })

  it('unwrap the bodies of successes', () => {
    const check = async () => {
      expectTypeOf(await unwrap(api.notes.get({ params: { id: '1' } }))).toEqualTypeOf<Note>()
      const feed = await unwrap(api.notes.feed())
      expectTypeOf(feed).toEqualTypeOf<AsyncIterable<Note> | undefined>()
    }
    expectTypeOf(check).toBeFunction()
  })

  it('take options beside the parts', () => {
    expectTypeOf(api.notes.list).toBeCallableWith({ timeout: 1, retries: 0 })
    expectTypeOf<Call<Query, { 200: Page }>>().toBeCallableWith({ retries: { limit: 1 } })
    // @ts-expect-error -- no such option
    expectTypeOf(() => api.notes.list({ retry: 1 })).toBeFunction()
  })
})
