/**
 * Keeps what was used of late, at most `capacity` of it. Two generations stand in for an exact order
 * of use: when the young one is half the capacity, it becomes the old one and the old one is
 * forgotten; what is found in the old one moves to the young. So a hit costs one lookup.
 */
export class Recent<Value> {
  readonly #half: number
  #young: Map<string, Value> = new Map()
  #old: Map<string, Value> = new Map()

  constructor(capacity = 500) {
    this.#half = Math.max(1, capacity >> 1)
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) {
      this.#old.delete(key)
      this.add(key, old)
    }
    return old
  }

  add(key: string, value: Value): Value {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
    return value
  }
}
