import type { Attributes } from '../kernel/index.ts'
import type { Statement } from './driver.ts'

/** A compiled statement with all that its span says, put together once. */
export interface Plan extends Statement {
  readonly attributes: Attributes
}

export type Verb = 'select' | 'insert' | 'update' | 'delete'

export interface PlanOptions {
  readonly verb: Verb
  readonly table: string
  /** `db.system.name` of OpenTelemetry. */
  readonly system: string
  readonly returns: boolean
  readonly bigints: boolean
  readonly single: boolean
}

export function createPlan(sql: string, options: PlanOptions): Plan {
  const { verb, table, system, returns, bigints, single } = options
  const summary = `${verb} ${table}`
  const attributes = {
    'db.system.name': system,
    'db.operation.name': verb,
    'db.collection.name': table,
    'db.query.summary': summary,
  }
  return { sql, returns, single, summary, bigints, attributes }
}

/**
 * Keeps the plans in use, at most `capacity` of them. Two generations stand in for an exact order of
 * use: when the young one is half the capacity, it becomes the old one and the old one is forgotten;
 * a plan found in the old one moves to the young. So a hit costs one lookup.
 */
export class PlanCache {
  readonly #half: number
  #young: Map<string, Plan> = new Map()
  #old: Map<string, Plan> = new Map()

  constructor(capacity = 500) {
    this.#half = Math.max(1, capacity >> 1)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Plan | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) {
      this.#old.delete(key)
      this.add(key, old)
    }
    return old
  }

  add(key: string, plan: Plan): Plan {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, plan)
    return plan
  }
}
