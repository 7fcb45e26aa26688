import { createSeries, type Observed, type Series } from './series.ts'

/** A route that was asked for. */
export interface Route {
  readonly method: string
  /** Its template; undefined for requests that matched none. */
  readonly route: string | undefined
  readonly series: Series
  /** The slowest request of late: how long it took, and when it ended. */
  slowest: number
  slowestAt: number
  /** When the last trace of a failure was kept. */
  failedAt: number
}

export interface Routes {
  /** All routes together. */
  readonly all: Series
  /** Adds a request; answers with its route, unless that is past the limit. */
  add(method: string, route: string | undefined, observed: Observed): Route | undefined
  list(): Iterable<Route>
  find(method: string, route: string | undefined): Route | undefined
  /** How many requests went to routes past the limit. */
  readonly beyond: number
}

/** Creates series for at most `limit` routes. What is past it counts among all only. */
export function createRoutes(limit: number): Routes {
  // By route and then by method, so that no key has to be put together for each request.
  const known = new Map<string | undefined, Map<string, Route>>()
  let size = 0
  const routes = {
    all: createSeries(),
    beyond: 0,
    add(method: string, route: string | undefined, observed: Observed) {
      routes.all.add(observed)
      const found = routes.find(method, route) ?? create(method, route)
      if (found) found.series.add(observed)
      else routes.beyond += 1
      return found
    },
    *list() {
      for (const methods of known.values()) yield* methods.values()
    },
    find: (method: string, route: string | undefined) => known.get(route)?.get(method),
  }
  return routes

  function create(method: string, route: string | undefined): Route | undefined {
    if (size >= limit) return undefined
    size += 1
    const methods = known.get(route) ?? new Map<string, Route>()
    const seen = { slowest: 0, slowestAt: 0, failedAt: 0 }
    const created = { method, route, series: createSeries(), ...seen }
    known.set(route, methods.set(method, created))
    return created
  }
}
