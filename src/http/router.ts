import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { misuse } from '../kernel/index.ts'
import type { Endpoint } from './endpoint.ts'

/** A path and what may be done with it. */
export interface Resource {
  /** By method. `HEAD` is answered by what answers `GET`. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
  /** The methods, for the `Allow` header. */
  readonly allow: string
}

/** A resource and the values of its path's parameters, in the path's order, still encoded. */
export interface Match {
  readonly resource: Resource
  readonly segments: readonly string[]
}

/** Finds the resource of a path. Plain segments win over parameters, from left to right. */
export type Router = (path: string) => Match | undefined

interface Route extends Resource {
  readonly endpoints: Map<string, Endpoint>
  readonly keys: readonly string[]
  allow: string
}

/** Creates the router of endpoints. Throws `misuse` when two of them share method and path. */
export function createRouter(endpoints: Iterable<Endpoint>): Router {
  const routes = collectRoutes(endpoints)
  const router = new SmartRouter<Route>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const shape of [...routes.keys()].sort(byPlainness)) {
    router.add('GET', shape.replaceAll(':', ':p'), routes.get(shape) as Route)
  }
  if (routes.size === 0) return () => undefined
  return (path) => {
    const [found, stash] = router.match('GET', path)
    const first = found[0]
    if (!first) return undefined
    const [resource, places] = first
    const segments = resource.keys.map((key) => {
      const place = places[key]
      // Hono answers places in the list that comes second, or, without a list, the values.
      return (typeof place === 'number' ? stash?.[place] : place) ?? ''
    })
    return { resource, segments }
  }
}

function collectRoutes(endpoints: Iterable<Endpoint>): Map<string, Route> {
  const routes = new Map<string, Route>()
  for (const endpoint of endpoints) {
    const { shape, names } = endpoint.template
    const { method } = endpoint.operation.spec
    const route = routes.get(shape) ?? { endpoints: new Map(), keys: toKeys(names), allow: '' }
    const other = route.endpoints.get(method)
    if (other) {
      throw misuse(
        `operations ${other.id} and ${endpoint.id}`,
        `both answer ${method} ${endpoint.template.route}`,
      )
    }
    route.endpoints.set(method, endpoint)
    if (method === 'GET') route.endpoints.set('HEAD', endpoint)
    route.allow = [...route.endpoints.keys(), 'OPTIONS'].join(', ')
    routes.set(shape, route)
  }
  return routes
}

function toKeys(names: readonly string[]): string[] {
  return names.map((_, index) => `p${index}`)
}

/** Where several paths match, Hono lists them in the order they were added. */
function byPlainness(one: string, other: string): number {
  return rank(one) < rank(other) ? -1 : 1
}

function rank(shape: string): string {
  return shape.replaceAll(/\/[^/]*/g, (segment) => (segment.startsWith('/:') ? '1' : '0'))
}
