import { orAborted } from './cancel.ts'
import { toFailure } from './failure.ts'
import {
  createRoutes,
  type Route,
  type Routes,
  routeOf,
  toRoutes,
  unknownOperation,
} from './manifest.ts'
import type { ClientOptions, Fetch } from './options.ts'
import type { Parts } from './request.ts'
import { createSender } from './send.ts'
import { createTree } from './tree.ts'
import type { Answer, Client, Described } from './types.ts'

/**
 * Returns the calls of an app, typed by `typeof app` alone: no code is generated, and no server code
 * is loaded. The first argument is the app's base URL, or the app itself for calls without a network.
 *
 * A call resolves with `{ status, body, headers }` of one of the declared answers, or with a problem
 * document: check `status` and the body has its type. When there is no answer the status is 0, and
 * the problem's `code` is `network`, `timeout`, `invalid_answer` or `no_routes`. A call rejects with
 * the signal's reason when it is aborted, and with a `ClientError` when it is itself mistaken.
 *
 * What failed in passing is sent again as far as that is safe: GET, PUT and DELETE, and operations that
 * are sent a key for `Idempotency-Key`. `Retry-After` is respected.
 *
 * ```ts
 * import { mount, operation } from 'plinth/api'
 * import { client } from 'plinth/client'
 * import { open } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 * import * as v from 'valibot'
 *
 * const time = operation({
 *   method: 'GET',
 *   path: '/time',
 *   responses: { 200: v.object({ now: v.date() }) },
 *   handler: () => ({ status: 200, body: { now: new Date() } }),
 * })
 * const app = mount({ time }, { database: await open(sqlite(':memory:', [])) })
 *
 * const api = client<typeof app>('https://shop.example', { token: 'secret' })
 * const answer = await api.time()
 * if (answer.status === 200) console.log(answer.body.now) // 2026-01-31T09:30:00.000Z
 * else console.error(answer.body.detail)
 * ```
 */
export function client<App extends Described>(
  target: string | { readonly fetch: Fetch },
  options: ClientOptions = {},
): Client<App> {
  const send = createSender(target, options)
  const routes = createRoutes(options.operations, async () =>
    toRoutes(await send('operations.json', MANIFEST, {})),
  )

  async function call(name: string, parts: Parts = {}): Promise<Answer> {
    let known: Routes
    try {
      known = await orAborted(routes(), parts.signal)
    } catch (error) {
      parts.signal?.throwIfAborted()
      return toFailure(error)
    }
    const route = routeOf(known, name)
    if (!route) throw unknownOperation(known, name)
    return send(name, route, parts)
  }

  // Which names there are is known to the types alone; a wrong one is told when it is called.
  return createTree(call) as Client<App>
}

const MANIFEST: Route = ['GET', '/operations.json', { answers: { 200: 'json' } }]
