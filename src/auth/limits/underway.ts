import { type Bucket, isOpen } from './buckets.ts'

/** The attempts that this process is counting, which no stored count tells of yet. */
export interface Underway {
  /** Takes a place behind those that are being counted already. Before the stored counts are read. */
  enter(buckets: readonly Bucket[]): Place
}

interface Place {
  /** Whether the limits let the attempt through, even if all before it are still to be counted. */
  hasRoom(counts: ReadonlyMap<string, Count>, now: number): boolean
  /** Leaves, once the attempt is stored or refused. */
  leave(): void
}

interface Count {
  readonly count: number
  readonly expiresAt: Date
}

/** Creates the record of what is being counted. */
export function createUnderway(): Underway {
  const numbers = new Map<string, number>()

  function add(key: string, difference: 1 | -1): void {
    const number = (numbers.get(key) ?? 0) + difference
    if (number > 0) numbers.set(key, number)
    else numbers.delete(key)
  }

  return {
    enter(buckets) {
      const before = buckets.map(({ key }) => numbers.get(key) ?? 0)
      for (const { key } of buckets) add(key, 1)
      return {
        hasRoom: (counts, now) =>
          buckets.every((bucket, at) => {
            const stored = counts.get(bucket.key)
            const counted = stored && isOpen(stored, bucket, now) ? stored.count : 0
            return counted + (before[at] ?? 0) < bucket.limit.attempts
          }),
        leave() {
          for (const { key } of buckets) add(key, -1)
        },
      }
    },
  }
}
