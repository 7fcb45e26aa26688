import type { Transaction } from './history.ts'
import type { Observation, Observations } from './observations.ts'

/**
 * Why one transaction must come before another: it wrote what the other overwrote (`ww`) or read
 * (`wr`), it read what the other overwrote (`rw`), or it had been answered when the other began (`rt`).
 */
export type Kind = 'ww' | 'wr' | 'rw' | 'rt'

export interface Dependency {
  readonly kind: Kind
  readonly from: Transaction
  readonly to: Transaction
}

/** All that the observations say about the order of transactions. */
export function dependenciesOf({ orders, writers, reads }: Observations): Dependency[] {
  const found: Dependency[] = []
  const add = (kind: Kind, from: Transaction | undefined, to: Transaction | undefined) => {
    if (from && to && from !== to) found.push({ kind, from, to })
  }
  const writerOf = (value: number | undefined) =>
    value === undefined ? undefined : writers.get(value)
  for (const order of orders.values()) {
    for (const [at, value] of order.entries()) add('ww', writerOf(order[at - 1]), writerOf(value))
  }
  for (const read of reads) {
    add('wr', writerOf(read.values.at(-1)), read.reader)
    add('rw', read.reader, writerOf(nextOf(read, orders)))
  }
  return found
}

/** The first value that a read did not see, other than the reader's own. */
function nextOf({ list, values }: Observation, orders: Observations['orders']): number | undefined {
  return orders.get(list)?.[values.length]
}

interface Moment {
  readonly at: number
  readonly begins: boolean
  readonly transaction: Transaction
}

/** The order in which callers were answered, without what follows from the rest of it. */
export function realtimeOf(history: readonly Transaction[]): Dependency[] {
  const moments: Moment[] = []
  for (const transaction of history) {
    const { began, ended, outcome } = transaction
    if (outcome === 'aborted' || began === undefined) continue
    moments.push({ at: began, begins: true, transaction })
    if (ended !== undefined && outcome === 'committed') {
      moments.push({ at: ended, begins: false, transaction })
    }
  }
  // What begins at the very moment of an answer may have begun before it.
  moments.sort((a, b) => a.at - b.at || Number(b.begins) - Number(a.begins))
  const found: Dependency[] = []
  const before = new Map<Transaction, readonly Transaction[]>()
  const answered = new Set<Transaction>()
  for (const { begins, transaction } of moments) {
    if (begins) {
      before.set(transaction, [...answered])
      for (const from of answered) found.push({ kind: 'rt', from, to: transaction })
    } else {
      for (const earlier of before.get(transaction) ?? []) answered.delete(earlier)
      answered.add(transaction)
    }
  }
  return found
}
