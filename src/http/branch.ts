import { assertKnown, misuse } from '../kernel/index.ts'
import { type CacheOptions, createCacheControl } from './caching.ts'
import { assertGuard, assertMiddleware } from './declaration.ts'
import { createAnnounce, type Deprecation } from './deprecation.ts'
import { every } from './every.ts'
import { type Guard, signedIn } from './guard.ts'
import type { RequestLimit } from './limits/request-limit.ts'
import { type Middleware, withMiddleware } from './middleware.ts'
import type { Operation, OperationTree } from './operation.ts'
import { isOperation } from './operations.ts'
import { parseTemplate } from './path.ts'

/** What the operations of a branch have in common. */
export interface BranchOptions {
  /** Put before every path, such as `/v1`. Each parameter in it needs a key in every `params`. */
  readonly path?: string
  /** Asked before each operation's own guard: both must let the caller in. */
  readonly guard?: Guard
  /** For operations that have none. */
  readonly tags?: readonly string[]
  /** Stands outside of each operation's own. */
  readonly middleware?: readonly Middleware[]
  /** Asked before each operation's own: both must let the request through. */
  readonly limits?: readonly RequestLimit[]
  /** For operations that read, and say nothing of it. */
  readonly cache?: CacheOptions
  /** For operations that say nothing of it. */
  readonly deprecated?: boolean | Deprecation
}

const KEYS = Object.keys({
  path: 0,
  guard: 0,
  tags: 0,
  middleware: 0,
  limits: 0,
  cache: 0,
  deprecated: 0,
} satisfies Record<keyof BranchOptions, 0>)

/**
 * Gives the operations of a tree a path, guard, middleware and more in common. The tree it returns has
 * the same names and types; the one that was given is not changed, so it may stand in several branches.
 * Branches may stand in branches.
 *
 * A branch only adds to who is kept out: an operation without a guard still asks for a signed-in actor,
 * within a branch of `anyone` too.
 *
 * ```ts
 * import { branch, operation, role } from 'plinth/api'
 *
 * const users = {
 *   forget: operation({
 *     method: 'POST',
 *     path: '/forget',
 *     responses: { 204: null },
 *     handler: () => ({ status: 204 }),
 *   }),
 * }
 *
 * export const api = {
 *   v1: branch({ path: '/v1', deprecated: { since: '2026-01-01', sunset: '2027-01-01' } }, { users }),
 *   v2: branch({ path: '/v2', guard: role('staff') }, { users }),
 * }
 * ```
 */
export function branch<const Tree extends OperationTree>(options: BranchOptions, tree: Tree): Tree {
  checkOptions(options)
  // Names and types of operations stay: what is added is no part of what goes over the wire.
  return graft(tree, (spec) => underBranch(spec, options)) as Tree
}

type Spec = Operation['spec']

/** The same tree with every declaration changed. What is no operation is left for `createApp` to name. */
function graft(tree: OperationTree, change: (spec: Spec) => Spec): OperationTree {
  if (typeof tree !== 'object' || tree === null) {
    throw misuse('branch()', `expected a tree of operations, got ${String(tree)}`)
  }
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => {
      if (isOperation(value)) return [name, { ...value, spec: change(value.spec) }]
      const isTree = typeof value === 'object' && value !== null
      return [name, isTree ? graft(value as OperationTree, change) : value]
    }),
  )
}

function underBranch(spec: Spec, options: BranchOptions): Spec {
  const { path = '/', guard, middleware = [], limits } = options
  return withMiddleware(
    {
      ...defaults(options, spec.method),
      ...spec,
      path: joinPaths(path, spec.path),
      ...(guard && { guard: underGuard(guard, spec.guard) }),
      // One that is carried twice is one limit, and counts once.
      ...(limits && { limits: [...new Set([...limits, ...(spec.limits ?? [])])] }),
    },
    middleware,
  )
}

/** What counts for operations that have none of their own. */
function defaults(
  { tags, cache, deprecated }: BranchOptions,
  method: Spec['method'],
): Partial<Spec> {
  return {
    ...(tags && { tags }),
    ...(cache && method === 'GET' && { cache }),
    ...(deprecated !== undefined && { deprecated }),
  }
}

function joinPaths(outer: string, inner: string): string {
  if (outer === '/') return inner
  return inner === '/' ? outer : outer + inner
}

/** The types of a handler without a guard promise it an actor. */
function underGuard(outer: Guard, own: Guard | undefined): Guard {
  if (own) return every(outer, own)
  return outer.authenticated ? outer : every(outer, signedIn)
}

function checkOptions(options: BranchOptions): void {
  assertKnown('branch()', options, KEYS)
  const { path, guard, tags, middleware, limits, cache, deprecated } = options
  const place = path === undefined ? 'branch()' : `branch(${path})`
  if (path !== undefined) parseTemplate(path, place)
  assertGuard(guard, place)
  if (tags !== undefined && !isTexts(tags)) throw misuse(place, 'tags is no list of texts')
  assertMiddleware(middleware, place)
  if (limits !== undefined && !Array.isArray(limits)) throw misuse(place, 'limits is no list')
  if (cache !== undefined) createCacheControl(cache, place)
  createAnnounce(deprecated, place)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
