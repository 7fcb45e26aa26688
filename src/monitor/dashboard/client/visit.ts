import type { Reply, Trouble } from './net.ts'

/** What the address says: `#/routes/GET%20%2Fnotes?window=1h`. */
export interface Visit {
  /** What stands behind the name of the view; empty for the view itself. */
  readonly id: string
  get(name: string): string
  /** Puts a value into the address, without a step in the history. Empty takes it away. */
  put(name: string, value: string): void
}

/** How an attempt to bring a view up to date went. */
export interface Outcome {
  readonly trouble: Trouble | undefined
  readonly server: string | undefined
}

/** What a view makes of a reply. */
export type Use = <T>(
  reply: Reply<T>,
  show: (answer: T & { readonly now: number }) => void,
) => Outcome
