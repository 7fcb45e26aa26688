/** How much is kept. The oldest goes when either is reached. */
export interface RingLimits {
  readonly count: number
  readonly bytes: number
}

/** What came last, bounded by count and by bytes. Each item has a number that rises by one. */
export interface Ring<T> {
  /** The number of the oldest item that is kept. */
  readonly first: number
  /** The number that the next item gets. */
  readonly next: number
  /** An estimate of what the items take. */
  readonly bytes: number
  push(item: T, bytes: number): void
  /** The item of a number; undefined when it is gone or did not come yet. */
  at(number: number): T | undefined
}

/** Creates an empty ring. Adding to it allocates nothing. */
export function createRing<T>(limits: RingLimits): Ring<T> {
  const items = new Array<T | undefined>(limits.count).fill(undefined)
  const weights = new Float64Array(limits.count)
  const ring = {
    first: 0,
    next: 0,
    bytes: 0,
    push(item: T, bytes: number) {
      if (ring.next - ring.first === limits.count) drop()
      const place = ring.next % limits.count
      items[place] = item
      weights[place] = bytes
      ring.next += 1
      ring.bytes += bytes
      while (ring.bytes > limits.bytes && ring.first < ring.next) drop()
    },
    at(number: number) {
      return number >= ring.first && number < ring.next ? items[number % limits.count] : undefined
    },
  }
  return ring

  function drop(): void {
    const place = ring.first % limits.count
    items[place] = undefined
    ring.bytes -= weights[place] ?? 0
    ring.first += 1
  }
}
