import type { Statement } from './driver.ts'

/**
 * Keeps the statements in use, at most `capacity` of them. Two generations stand in for an exact
 * order of use: when the young one is half the capacity, it becomes the old one and the old one is
 * forgotten; a statement found in the old one moves to the young. So a hit costs one lookup.
 */
export class PlanCache {
  readonly #half: number
  #young: Map<string, Statement> = new Map()
  #old: Map<string, Statement> = new Map()

  constructor(capacity = 500) {
    this.#half = Math.max(1, capacity >> 1)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Statement | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) {
      this.#old.delete(key)
      this.add(key, old)
    }
    return old
  }

  add(key: string, plan: Statement): Statement {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, plan)
    return plan
  }
}
