import { ClientError } from './error.ts'

/** An operation's method and path, such as `['GET', '/notes/:id']`. */
export type Route = readonly [method: string, path: string]

/** The routes of an app by operation name, as `GET /operations.json` answers them. */
export type Routes = Readonly<Record<string, Route>>

/** Finds the route of an operation, by name. */
export type FindRoute = (name: string) => Promise<Route>

/** Looks routes up in those given, or in those that `load` fetches once and only when needed. */
export function createRouteFinder(
  given: Routes | undefined,
  load: () => Promise<Routes>,
): FindRoute {
  let loaded: Promise<Routes> | undefined
  return async (name) => {
    if (!given) {
      loaded ??= load().catch((error: unknown) => {
        // The next call tries again.
        loaded = undefined
        throw error
      })
    }
    const routes = given ?? (await loaded) ?? {}
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (route) return route
    throw new ClientError(
      'unknown_operation',
      `"${name}" is no operation; there are: ${Object.keys(routes).join(', ') || 'none'}`,
    )
  }
}

/** Checks that what a server sent as its manifest is one. */
export function toRoutes(body: unknown): Routes {
  if (typeof body === 'object' && body !== null && Object.values(body).every(isRoute)) {
    return body as Routes
  }
  throw new ClientError(
    'invalid_answer',
    'GET /operations.json did not answer with routes; pass them as `operations`',
  )
}

function isRoute(value: unknown): value is Route {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
  )
}
