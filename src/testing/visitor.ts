import type { App } from '../http/index.ts'
import { PlinthError } from '../kernel/index.ts'

const ORIGIN = 'https://app.test'

/** Somebody who uses an app in process: requests go straight to its `fetch`. */
export interface Visitor {
  /** Sends a request; `json` becomes the body. */
  fetch(path: string, init?: VisitorRequest): Promise<Response>
}

export interface VisitorRequest extends RequestInit {
  readonly json?: unknown
}

/** Who signs in. */
export interface Account {
  readonly email: string
  readonly password: string
}

/**
 * Creates somebody who is not signed in.
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
export function createVisitor(app: App, headers: Readonly<Record<string, string>> = {}): Visitor {
  return {
    fetch(path, { json, ...init } = {}) {
      const all = new Headers({ ...headers, ...Object.fromEntries(new Headers(init.headers)) })
      if (json === undefined)
        return app.fetch(new Request(ORIGIN + path, { ...init, headers: all }))
      all.set('content-type', 'application/json')
      const body = JSON.stringify(json)
      return app.fetch(new Request(ORIGIN + path, { method: 'POST', ...init, headers: all, body }))
    },
  }
}

/**
 * Signs an account up and in through the app's own doors, and returns a visitor that brings the
 * session's bearer token along.
 *
 * ```ts
 * import type { App } from 'plinth/http'
 * import { signIn } from 'plinth/testing'
 *
 * export async function firstNote(app: App): Promise<unknown> {
 *   const ada = await signIn(app, { email: 'ada@example.com', password: 'a long enough one' })
 *   const created = await ada.fetch('/notes', { json: { title: 'First', body: '' } })
 *   return created.json()
 * }
 * ```
 */
export async function signIn(app: App, account: Account): Promise<Visitor> {
  const visitor = createVisitor(app)
  await visitor.fetch('/auth/sign-up', { json: account })
  const json = { ...account, transport: 'bearer' }
  const response = await visitor.fetch('/auth/sign-in', { json })
  const { token, detail } = (await response.json()) as { token?: string; detail?: string }
  if (token) return createVisitor(app, { authorization: `Bearer ${token}` })
  throw new PlinthError(
    'sign_in_failed',
    `signIn: ${account.email} got ${response.status}: ${detail}`,
  )
}
