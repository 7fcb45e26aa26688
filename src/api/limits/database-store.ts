import type { Database, Row } from '../../data/index.ts'
import {
  type RateLimitDecision,
  type RateLimitRule,
  type RateLimitState,
  type RateLimitStore,
  takeFrom,
} from '../../http/index.ts'
import { PlinthError, sha256 } from '../../kernel/index.ts'
import { limitRecords } from './records.ts'

/** A request that waits for its share of a key. */
interface Take {
  readonly cost: number
  readonly rule: RateLimitRule
  readonly now: number
  readonly resolve: (decision: RateLimitDecision) => void
  readonly reject: (error: unknown) => void
}

/** How often a key is counted anew because another process was faster. */
const TRIES = 50
/** Expired keys are deleted at most this often. */
const SWEEP_INTERVAL = 60_000
/** How long they are left alone: other processes may have other clocks. */
const GRACE = 3_600_000

/**
 * Creates a store that counts in a database that was opened with `apiTables`, together with all other
 * processes that do. What `rateLimit({ store: 'database' })` counts in.
 *
 * Each take is durable before the request goes on. Those of one process that come for the same key
 * while it is being counted are counted together, in one write; what is refused writes nothing.
 *
 * ```ts
 * import { apiTables, databaseStore } from 'plinth/api'
 * import { open } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 *
 * const database = await open(sqlite('limits.db', []), { tables: apiTables })
 * await database.migrate()
 *
 * export const store = databaseStore(database)
 * ```
 */
export function databaseStore(database: Database): RateLimitStore {
  /** What waits for each key that is being counted. */
  const waiting = new Map<string, Take[]>()
  let swept = Number.NEGATIVE_INFINITY

  return {
    take(key, cost, rule, now) {
      const { promise, resolve, reject } = Promise.withResolvers<RateLimitDecision>()
      const take = { cost, rule, now, resolve, reject }
      const others = waiting.get(key)
      if (others) others.push(take)
      else {
        waiting.set(key, [take])
        void countAll(key)
      }
      return promise
    },
  }

  async function countAll(key: string): Promise<void> {
    const digest = await sha256(key)
    for (;;) {
      const [first, ...others] = waiting.get(key) ?? []
      if (!first) break
      waiting.set(key, [])
      await count(digest, [first, ...others])
    }
    waiting.delete(key)
  }

  async function count(key: string, takes: readonly [Take, ...Take[]]): Promise<void> {
    try {
      const decisions = await decideAll(key, takes)
      takes.forEach(({ resolve }, at) => {
        resolve(decisions[at] as RateLimitDecision)
      })
    } catch (error) {
      for (const { reject } of takes) reject(error)
    }
    sweep(takes[0].now)
  }

  /** Reads, decides, and writes if nobody wrote meanwhile. */
  async function decideAll(
    key: string,
    takes: readonly [Take, ...Take[]],
  ): Promise<RateLimitDecision[]> {
    for (let left = TRIES; left > 0; left -= 1) {
      const row = await database.system.get(limitRecords, key)
      const { decisions, changed, ...next } = decide(row, takes)
      if (!changed || (await write(key, row, next))) return decisions
    }
    throw new PlinthError('busy', 'A rate limit is counted by too many at once.', { status: 503 })
  }

  async function write(key: string, row: Count | null, next: Next): Promise<boolean> {
    if (row) {
      const { revision } = row
      const patch = { ...next, revision: revision + 1 }
      return (await database.system.update(limitRecords, key, patch, { revision })) !== null
    }
    try {
      await database.system.create(limitRecords, { key, ...next, revision: 0 })
      return true
    } catch (error) {
      if (error instanceof PlinthError && error.code === 'conflict') return false
      throw error
    }
  }

  function sweep(now: number): void {
    if (Math.abs(now - swept) < SWEEP_INTERVAL) return
    swept = now
    // What could not be deleted now is deleted the next time.
    database.system
      .deleteMany(limitRecords, { expiresAt: { lt: new Date(now - GRACE) } })
      .catch(() => {})
  }
}

type Count = Row<typeof limitRecords>
type Next = Pick<Count, 'state' | 'expiresAt'>

function decide(
  row: Count | null,
  takes: readonly [Take, ...Take[]],
): Next & { readonly decisions: RateLimitDecision[]; readonly changed: boolean } {
  const [{ now }] = takes
  let state: RateLimitState | undefined = row?.state
  const decisions = takes.map((take) => {
    const taken = takeFrom(state, take)
    state = taken.state
    return taken.decision
  })
  return {
    decisions,
    changed: row
      ? JSON.stringify(state) !== JSON.stringify(row.state)
      : decisions.some(({ allowed }) => allowed),
    state: state ?? [],
    expiresAt: new Date(now + Math.max(...decisions.map(({ reset }) => reset))),
  }
}
