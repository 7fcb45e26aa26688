import { writeBody } from './body.ts'
import { ClientError } from './error.ts'
import type { Route } from './manifest.ts'
import type { RetryOptions } from './types.ts'
import { append, pairsOf, textOf, type Values } from './values.ts'

/** The parts of a call, once their types no longer matter. */
export interface Parts {
  readonly params?: Values
  readonly query?: Values
  readonly headers?: Values
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  readonly timeout?: number
  readonly retries?: number | RetryOptions
}

/** Writes the path and query of a call. */
export function targetOf(name: string, path: string, { params = {}, query }: Parts): string {
  const filled = path.replace(/:([A-Za-z_]\w*)/g, (_, key: string) => {
    const value = textOf(params[key] ?? '')
    // A URL parser takes dots away, percent-encoded or not, and the call would reach another path.
    if (value === '' || value === '.' || value === '..') {
      throw new ClientError(
        'invalid_params',
        value === ''
          ? `${name}: params.${key} is missing`
          : `${name}: params.${key} cannot be "${value}"`,
      )
    }
    return encodeURIComponent(value)
  })
  const search = append(new URLSearchParams(), query).toString()
  return search ? `${filled}?${search}` : filled
}

/** Writes everything else of a call. */
export function initOf(route: Route, parts: Parts, common: Headers): RequestInit {
  const headers = new Headers(common)
  headers.set('accept', 'application/json, application/problem+json, */*;q=0.5')
  for (const [name, value] of pairsOf(parts.headers)) headers.set(name, textOf(value))
  if (parts.idempotencyKey !== undefined) {
    headers.set('idempotency-key', toStructuredString(parts.idempotencyKey))
  }
  const init: RequestInit = { method: route[0], headers }
  if (parts.body === undefined) return init
  const body = writeBody(route, parts.body, headers)
  // Only what is sent while it is made says so; `duplex` is what `fetch` wants to hear then.
  return body instanceof ReadableStream ? { ...init, body, ...HALF } : { ...init, body }
}

const HALF: object = { duplex: 'half' }

/** A string of RFC 9651, which is how the `Idempotency-Key` field is written. */
function toStructuredString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
