import { type Clock, misuse } from '../../kernel/index.ts'
import { createConcurrencyStep } from './concurrency-step.ts'
import { memoryStore } from './memory-store.ts'
import type { RateLimit } from './rate-limit.ts'
import { createRateStep } from './rate-step.ts'
import type { RequestLimit } from './request-limit.ts'
import type { RateLimitStore } from './rule.ts'
import { inOrder, type Step } from './step.ts'

/** What the requests of one operation are held to. */
export interface EndpointLimits {
  /** Asked before it is known who is calling. */
  readonly early: Step | undefined
  /** Asked after the guard. */
  readonly late: Step | undefined
}

/** Makes the limits of an operation; undefined when it has none. */
export type LimitsOf = (
  id: string,
  spec: { readonly limits?: readonly RequestLimit[]; readonly essential?: boolean },
) => EndpointLimits | undefined

interface Ports {
  /** Limits that all operations of the app share. */
  readonly requests: readonly RequestLimit[] | undefined
  readonly clock: Clock
  /** Counts for limits that say `database`. */
  readonly database: RateLimitStore | undefined
}

/** Creates what resolves limits: each value once, so that all who carry it share its counts. */
export function createLimits({ requests = [], clock, database }: Ports): LimitsOf {
  const names = new Set<string>()
  const steps = new Map<RequestLimit, Step>()
  let memory: RateLimitStore | undefined
  for (const limit of checked(requests, 'limits.requests')) resolve(limit, 'app')

  return (id, { limits = [], essential = false }) => {
    const own = checked(limits, `operation ${id}: limits`)
    const all = essential ? own : [...requests, ...own]
    if (all.length === 0) return undefined
    const resolved = all.map((limit) => ({ limit, step: resolve(limit, id) }))
    const chosen = (wanted: (limit: RequestLimit) => boolean) =>
      resolved.flatMap(({ limit, step }) => (wanted(limit) ? step : []))
    return {
      early: inOrder(chosen(isEarly)),
      // Rates first: whoever has no more requests does not stand in line for one.
      late: inOrder([
        ...chosen((limit) => limit.kind === 'rate-limit' && !isEarly(limit)),
        ...chosen((limit) => limit.kind === 'concurrency-limit'),
      ]),
    }
  }

  function resolve(limit: RequestLimit, id: string): Step {
    const known = steps.get(limit)
    if (known) return known
    const step =
      limit.kind === 'concurrency-limit'
        ? createConcurrencyStep(limit)
        : createRateStep(limit, { name: nameFor(limit, id), store: storeOf(limit, id), clock })
    steps.set(limit, step)
    return step
  }

  /** The same in every process that runs the same code, since processes may count together. */
  function nameFor({ name }: RateLimit, id: string): string {
    if (name !== undefined && names.has(name)) {
      throw misuse(`operation ${id}: limits`, `two limits are called "${name}"`)
    }
    let free = name ?? id
    for (let next = 2; names.has(free); next += 1) free = `${id}-${next}`
    names.add(free)
    return free
  }

  function storeOf({ store }: RateLimit, id: string): RateLimitStore {
    if (typeof store === 'object') return store
    if (store === 'database') {
      if (database) return database
      throw misuse(
        `operation ${id}: limits`,
        'store is "database", which the app has not: mount() brings one when apiTables are in its database',
      )
    }
    memory ??= memoryStore()
    return memory
  }
}

function isEarly(limit: RequestLimit): boolean {
  return limit.kind === 'rate-limit' && limit.keying.early && typeof limit.cost === 'number'
}

function checked(limits: readonly RequestLimit[], place: string): readonly RequestLimit[] {
  if (!Array.isArray(limits)) throw misuse(place, `is ${String(limits)}; expected a list`)
  for (const limit of limits) {
    if (limit?.kind === 'rate-limit' || limit?.kind === 'concurrency-limit') continue
    throw misuse(place, `holds ${String(limit)}; expected rateLimit() or concurrencyLimit()`)
  }
  return limits
}
