/** Operations behind guards, limits, middleware and versions. */

import {
  anyone,
  assurance,
  branch,
  concurrencyLimit,
  defineOperation,
  every,
  fresh,
  header,
  type Middleware,
  permission,
  rateLimit,
  role,
  signedIn,
} from 'plinth/http'
import * as v from 'valibot'

const define = defineOperation()
const anything = { 200: v.looseObject({}) }
const ok = () => ({ status: 200, body: { done: true } }) as const
const get = { method: 'GET', responses: anything, handler: ok } as const
const post = { ...get, method: 'POST', guard: anyone } as const

/** An hour, so that no window passes within a run. */
const window = 3_600_000

const mark: Middleware = async (_context, next) => {
  const answer = await next()
  return { ...answer, headers: { ...answer.headers, 'x-marked': 'yes' } }
}

export const protections = {
  mine: define({ ...get, path: '/guarded/mine', guard: signedIn }),
  staff: define({ ...get, path: '/guarded/staff', guard: role('staff') }),
  refunds: define({ ...get, path: '/guarded/refunds', guard: permission('orders:refund') }),
  assured: define({ ...get, path: '/guarded/assured', guard: assurance(2) }),
  fresh: define({ ...get, path: '/guarded/fresh', guard: fresh({ within: 300_000 }) }),
  all: define({
    ...get,
    path: '/guarded/all',
    guard: every(role('staff'), permission('orders:refund'), fresh({ within: 300_000 })),
  }),
  write: define({
    ...post,
    path: '/guarded/write',
    guard: signedIn,
    body: v.object({ n: v.number() }),
  }),
  inside: branch(
    { path: '/inside', guard: role('staff'), middleware: [mark] },
    { one: define({ ...get, path: '/one', guard: anyone }) },
  ),
  limited: {
    address: define({
      ...post,
      path: '/limited/address',
      limits: [rateLimit({ limit: 2, window, by: 'address' })],
    }),
    actor: define({
      ...post,
      path: '/limited/actor',
      guard: signedIn,
      limits: [rateLimit({ limit: 2, window, by: 'actor' })],
    }),
    key: define({
      ...post,
      path: '/limited/key',
      limits: [rateLimit({ limit: 2, addressLimit: 5, window, by: header('x-api-key') })],
    }),
    sliding: define({
      ...post,
      path: '/limited/sliding',
      guard: signedIn,
      limits: [rateLimit({ limit: 2, window, algorithm: 'sliding-window' })],
    }),
    cost: define({
      ...post,
      path: '/limited/cost',
      guard: signedIn,
      limits: [rateLimit({ name: 'costly', limit: 10, window, cost: 6 })],
    }),
    body: define({
      ...post,
      path: '/limited/body',
      guard: signedIn,
      body: v.object({ n: v.number() }),
      limits: [rateLimit({ limit: 1, window })],
    }),
    path: define({
      ...get,
      path: '/limited/path',
      guard: signedIn,
      limits: [rateLimit({ limit: 1, window })],
    }),
    single: define({
      ...get,
      path: '/limited/single',
      guard: anyone,
      limits: [concurrencyLimit({ limit: 1 })],
    }),
  },
  v1: branch(
    {
      path: '/v1',
      deprecated: { since: '2026-01-01', sunset: '2027-01-01', link: 'https://example.org/v2' },
    },
    { greet: define({ ...get, path: '/greeting', guard: signedIn }) },
  ),
  v2: branch({ path: '/v2' }, { greet: define({ ...get, path: '/greeting', guard: signedIn }) }),
}

/** Pages that are no operations: a team's own app behind ours, with a secret that a guard keeps. */
export function pages(request: Request): Response {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/static/')) return new Response(`page ${pathname}`)
  return new Response('nothing', { status: 404 })
}
