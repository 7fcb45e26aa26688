import { type Client, client, type Described } from '../api/client/index.ts'
import type { App } from '../http/index.ts'

/** As much of an app as a test needs: what `backend()`, `mount()` and `createApp()` give. */
export type TestedApp = Pick<App, 'fetch'> & Described

const ORIGIN = 'https://app.test'

/** Somebody who uses an app in process: requests go straight to its `fetch`. */
export interface Visitor<Tested extends Described = Described> {
  /** Sends a request; `json` becomes the body. */
  fetch(path: string, init?: VisitorRequest): Promise<Response>
  /** Calls the operations, typed as `client<typeof app>()` is. Nothing is repeated. */
  readonly client: Client<Tested>
}

export interface VisitorRequest extends RequestInit {
  readonly json?: unknown
}

/**
 * Creates somebody who is not signed in, or who brings headers along.
 *
 * ```ts
 * import type { App } from 'plinth/http'
 * import { createVisitor } from 'plinth/testing'
 *
 * export async function isAlive(app: App): Promise<boolean> {
 *   const response = await createVisitor(app).fetch('/health')
 *   return response.ok
 * }
 * ```
 */
export function createVisitor<Tested extends TestedApp>(
  app: Tested,
  headers: Readonly<Record<string, string>> = {},
): Visitor<Tested> {
  const send = (request: Request): Promise<Response> => app.fetch(request)
  return {
    client: client<Tested>(ORIGIN, { fetch: send, headers, retries: 0 }),
    fetch(path, { json, ...init } = {}) {
      const all = new Headers({ ...headers, ...Object.fromEntries(new Headers(init.headers)) })
      if (json === undefined) return send(new Request(ORIGIN + path, { ...init, headers: all }))
      all.set('content-type', 'application/json')
      const body = JSON.stringify(json)
      return send(new Request(ORIGIN + path, { method: 'POST', ...init, headers: all, body }))
    },
  }
}
