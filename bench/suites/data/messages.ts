import type { ReadCase } from './cases.ts'

/**
 * `processor` counts what the process's threads spend, garbage collection included: what a call takes
 * on a machine that has nothing else to do. `wall` also counts waiting.
 */
export type Clock = 'processor' | 'wall'

/** What the harness asks of a side's process, one at a time. */
export type Order =
  /** Compare every answer of the case with what it must be. */
  | { readonly do: 'check'; readonly case: ReadCase }
  /** Make calls for so many milliseconds, so many in each turn of the event loop. */
  | {
      readonly do: 'read'
      readonly case: ReadCase
      readonly ms: number
      readonly perTurn: number
      readonly clock: Clock
    }
  | { readonly do: 'create' }
  | { readonly do: 'stream' }

export type Report =
  | { readonly figure: number; readonly memory?: number }
  /** The side does not have that case. */
  | { readonly absent: true }
  | { readonly wrong: string }
  | { readonly failed: string }
