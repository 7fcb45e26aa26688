import type { Placed } from './document.ts'

/** One difference between two documents. */
export interface Change {
  /** The operation, and where in it. */
  readonly place: string
  readonly reason: string
  /** Whether a program written for the earlier document may fail. */
  readonly breaking: boolean
}

/** A difference within one operation, whose place begins within it. */
export type Difference = Change

/** The same operation in the two documents. */
export interface Pair {
  readonly before: Placed
  readonly after: Placed
}
