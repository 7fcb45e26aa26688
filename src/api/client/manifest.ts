import { ClientError } from './error.ts'

/** What a body of a request is: JSON when nothing else is said. */
export type BodyKind = 'form' | 'multipart' | 'text' | 'bytes'

/** What a body of an answer is. */
export type AnswerKind = 'json' | 'none' | 'text' | 'events' | 'lines' | 'download'

/** What a client must know of an operation beside its method and path. */
export interface RouteHints {
  readonly body?: BodyKind
  /** The media type of a body of text or bytes. */
  readonly mediaType?: string
  /** Whether it honours `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** By each status that it declares. Without them the media type of an answer tells. */
  readonly answers?: Readonly<Record<string, AnswerKind>>
}

/** An operation's method and path, such as `['GET', '/notes/:id']`, and more where it is needed. */
export type Route = readonly [method: string, path: string, hints?: RouteHints]

/** The routes of an app by operation name, as `GET /operations.json` answers them. */
export type Routes = Readonly<Record<string, Route>>

/** Gives the routes that there are. */
export type LoadRoutes = () => Promise<Routes>

/** Gives the routes that were given, or those that `load` fetches once and only when needed. */
export function createRoutes(given: Routes | undefined, load: LoadRoutes): LoadRoutes {
  let loaded: Promise<Routes> | undefined
  return async () => {
    if (given) return given
    loaded ??= load().catch((error: unknown) => {
      // The next call tries again.
      loaded = undefined
      throw error
    })
    return loaded
  }
}

/** Finds the route of an operation; undefined when there is none of this name. */
export function routeOf(routes: Routes, name: string): Route | undefined {
  return Object.hasOwn(routes, name) ? routes[name] : undefined
}

/** Says what there is in the place of an operation that there is not. */
export function unknownOperation(routes: Routes, name: string): ClientError {
  const known = Object.keys(routes).join(', ') || 'none'
  return new ClientError('unknown_operation', `"${name}" is no operation; there are: ${known}`)
}

/** Checks that what a server sent as its manifest is one. */
export function toRoutes({ status, body }: { status: number; body: unknown }): Routes {
  if (status === 200 && isObject(body) && Object.values(body).every(isRoute)) return body as Routes
  const cause = isObject(body) ? body['cause'] : undefined
  // Where nobody answers, it is not the routes that are missing.
  if (cause instanceof ClientError && cause.code !== 'invalid_answer') throw cause
  const got = isObject(body) && typeof body['detail'] === 'string' ? `: ${body['detail']}` : ''
  throw new ClientError(
    'no_routes',
    `GET /operations.json did not answer with routes but ${status}${got}; pass them as \`operations\``,
  )
}

function isRoute(value: unknown): value is Route {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string' &&
    (value[2] === undefined || isObject(value[2]))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
