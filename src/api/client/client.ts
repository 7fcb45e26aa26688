import { type Answer, readAnswer } from './answer.ts'
import { ClientError } from './error.ts'
import { createRouteFinder, type Routes, toRoutes } from './manifest.ts'
import { initOf, type Parts, targetOf } from './request.ts'
import type { Client, Described } from './types.ts'

type MaybePromise<T> = T | Promise<T>
/** Sends a request: the web's `fetch`, or an app's own. */
export type Fetch = (request: Request) => Promise<Response>

export interface ClientOptions {
  /** Sent with every call. A function is asked before each. */
  readonly headers?: HeadersInit | (() => MaybePromise<HeadersInit>)
  /** A bearer token. A function is asked before each call and may have none. */
  readonly token?: string | (() => MaybePromise<string | null | undefined>)
  /** Whether browsers send cookies: `include` to an app of another origin that trusts this one. */
  readonly credentials?: RequestCredentials
  /** Default: the runtime's `fetch`. */
  readonly fetch?: Fetch
  /** The routes of `GET /operations.json`. Default: fetched before the first call. */
  readonly operations?: Routes
}

/**
 * Returns the calls of an app, typed by `typeof app` alone: no code is generated, and no server code
 * is loaded. The first argument is the app's base URL, or the app itself for calls without a network.
 *
 * A call resolves with `{ status, body, headers }` of one of the declared answers, or with a problem
 * document: check `status` and the body has its type. It rejects with a `ClientError` only when there
 * is no answer, and with the signal's reason when it is aborted.
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
  const routeOf = createRouteFinder(options.operations, async () => {
    const init = { method: 'GET', headers: await commonHeaders(options) }
    const { body } = await send('operations.json', '/operations.json', init)
    return toRoutes(body)
  })

  async function call(name: string, parts: Parts = {}): Promise<Answer> {
    const route = await routeOf(name)
    const common = await commonHeaders(options)
    return send(name, targetOf(name, route[1], parts), initOf(route, parts, common))
  }
  // Which names there are is known to the types alone; a wrong one is told when it is called.
  return branch('', call) as Client<App>
}

type Send = (name: string, path: string, init: RequestInit) => Promise<Answer>

function createSender(target: string | { readonly fetch: Fetch }, options: ClientOptions): Send {
  const base = typeof target === 'string' ? target.replace(/\/+$/, '') : 'http://localhost'
  const fetch = options.fetch ?? (typeof target === 'string' ? webFetch : target.fetch)
  const credentials = options.credentials && { credentials: options.credentials }
  return async (name, path, init) => {
    init.signal?.throwIfAborted()
    const request = new Request(base + path, { ...init, ...credentials })
    try {
      return await readAnswer(name, await fetch(request))
    } catch (error) {
      if (init.signal?.aborted) throw init.signal.reason
      if (error instanceof ClientError) throw error
      throw new ClientError('network', `${name}: no answer from ${base}`, error)
    }
  }
}

/** Looked up at each call: tests and tracing tools replace the global one. */
const webFetch: Fetch = (request) => globalThis.fetch(request)

async function commonHeaders({ headers, token }: ClientOptions): Promise<Headers> {
  const all = new Headers(typeof headers === 'function' ? await headers() : headers)
  const bearer = typeof token === 'function' ? await token() : token
  if (bearer) all.set('authorization', `Bearer ${bearer}`)
  return all
}

/** A place in the tree: a function to call, and the way to the places below it. */
function branch(name: string, call: (name: string, parts?: Parts) => Promise<Answer>): unknown {
  const children = new Map<string, unknown>()
  return new Proxy((parts?: Parts) => call(name, parts), {
    get(_, key) {
      // `await` asks whatever it is given for `then`: a tree is not a promise.
      if (typeof key === 'symbol' || key === 'then') return undefined
      const below = name === '' ? key : `${name}.${key}`
      if (!children.has(key)) children.set(key, branch(below, call))
      return children.get(key)
    },
  })
}
