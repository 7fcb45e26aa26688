/** What a transaction did to one list: append a value that nobody else appends, or read all of it. */
export type Step =
  | { readonly append: number; readonly list: string }
  | { readonly read: readonly number[]; readonly list: string }

/** One transaction as its caller saw it. */
export interface Transaction {
  readonly name: string
  /** `unknown`: the caller was not told whether it was committed. */
  readonly outcome: 'committed' | 'aborted' | 'unknown'
  readonly steps: readonly Step[]
  /** When the caller began it and was answered, on a clock that all callers share. */
  readonly began?: number
  readonly ended?: number
}

/**
 * What is wrong with a history, in the terms of Adya's thesis and of Elle (VLDB 2020):
 *
 * - `duplicate`: a value was appended twice, or stands in a list twice.
 * - `internal`: a transaction did not see what it had read or written itself.
 * - `garbage`: a value was read that nobody appended.
 * - `G1a`: a value was read that an aborted transaction appended (aborted read).
 * - `G1b`: a list was read as it was in the middle of another transaction (intermediate read).
 * - `incompatible`: two reads of a list agree on no order of its values.
 * - `lost`: a committed value is missing from the last state of its list.
 * - `G0`, `G1c`, `G-single`, `G2`: a cycle of writes; of writes and reads; of these and one, or
 *   several, cases of a transaction that did not see another's write. Lost updates and read skew are
 *   `G-single`, write skew is `G2`.
 * - `realtime`: a cycle that needs the order in which callers were answered.
 */
export type AnomalyType =
  | 'duplicate'
  | 'internal'
  | 'garbage'
  | 'G1a'
  | 'G1b'
  | 'incompatible'
  | 'lost'
  | 'G0'
  | 'G1c'
  | 'G-single'
  | 'G2'
  | 'realtime'

export interface Anomaly {
  readonly type: AnomalyType
  /** What was found where, for people. */
  readonly words: string
}
