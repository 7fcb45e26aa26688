import * as v from 'valibot'
import { content, type Guard, type Operation } from '../../../http/index.ts'
import type { Show } from '../shown.ts'
import type { Answered } from '../wire.ts'

/** What answers are given by. */
export interface Answering {
  readonly guard: Guard
  /** Another one after each start. */
  readonly server: string
  readonly show: Show
  now(): number
}

/** An optional text in a query, of a length that can be searched for. */
export const text: v.OptionalSchema<v.GenericSchema<string>, undefined> = v.optional(
  v.pipe(v.string(), v.maxLength(200)),
)

/** The query of what cannot be asked for in several ways. */
export const plain: v.GenericSchema<unknown, object> = v.object({})

/** Makes an operation that answers JSON for the page; it is not part of the API's description. */
export function view<Query>(
  { guard, server, now }: Answering,
  path: string,
  {
    query,
    answer,
  }: {
    readonly query: v.GenericSchema<unknown, Query>
    readonly answer: (query: Query, params: Readonly<Record<string, string>>) => object
  },
): Operation {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const params = v.object(
    Object.fromEntries(names.map((name) => [name, v.pipe(v.string(), v.maxLength(200))])),
  )
  return {
    kind: 'operation',
    spec: {
      method: 'GET',
      path: `/dashboard/${path}`,
      guard,
      described: false,
      query,
      ...(names.length > 0 && { params }),
      responses: { 200: content('application/json') },
    },
    handler: async (context: { query: Query; params: Readonly<Record<string, string>> }) => {
      const answered: Answered = { server, now: now() }
      const given = await answer(context.query, context.params)
      return { status: 200, body: JSON.stringify({ ...answered, ...given }) }
    },
  }
}
