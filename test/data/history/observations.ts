import type { Anomaly, AnomalyType, Transaction } from './history.ts'

/** A read of a list by one transaction, without what that transaction appended itself. */
export interface Observation {
  readonly reader: Transaction
  readonly list: string
  readonly values: readonly number[]
}

/** What can be said of a history without looking for cycles. */
export interface Observations {
  readonly anomalies: readonly Anomaly[]
  /** The values of each list in the order in which they were appended. */
  readonly orders: ReadonlyMap<string, readonly number[]>
  readonly writers: ReadonlyMap<number, Transaction>
  readonly reads: readonly Observation[]
}

type Note = (type: AnomalyType, words: string) => void

/** Finds out who wrote what, in which order, and what was seen that no order explains. */
export function observe(history: readonly Transaction[]): Observations {
  const anomalies: Anomaly[] = []
  const note: Note = (type, words) => void anomalies.push({ type, words })
  const writers = writersOf(history, note)
  const reads = history
    .filter(({ outcome }) => outcome === 'committed')
    .flatMap((reader) => externalReads(reader, note))
  for (const read of reads) checkRead(read, writers, note)
  const orders = ordersOf(reads, note)
  return { anomalies, orders, writers, reads }
}

function writersOf(history: readonly Transaction[], note: Note): Map<number, Transaction> {
  const writers = new Map<number, Transaction>()
  for (const transaction of history) {
    for (const step of transaction.steps) {
      if (!('append' in step)) continue
      if (writers.has(step.append)) note('duplicate', `${step.append} was appended twice`)
      writers.set(step.append, transaction)
    }
  }
  return writers
}

/** The reads of a transaction as others made them possible; what it must see of itself is checked. */
function externalReads(reader: Transaction, note: Note): Observation[] {
  const own = new Map<string, number[]>()
  const seen = new Map<string, readonly number[]>()
  const reads: Observation[] = []
  for (const step of reader.steps) {
    const { list } = step
    const mine = own.get(list) ?? []
    if ('append' in step) {
      own.set(list, [...mine, step.append])
      continue
    }
    const values = step.read.slice(0, step.read.length - mine.length)
    const tail = step.read.slice(values.length)
    const before = seen.get(list)
    if (!isSame(tail, mine) || (before && !isSame(before, values))) {
      note('internal', `${reader.name} read ${show(step.read)} in ${list}, against its own steps`)
    }
    if (!before) {
      seen.set(list, values)
      reads.push({ reader, list, values })
    }
  }
  return reads
}

function checkRead(
  { reader, list, values }: Observation,
  writers: ReadonlyMap<number, Transaction>,
  note: Note,
): void {
  const place = `${reader.name} read ${show(values)} in ${list}`
  if (new Set(values).size < values.length) note('duplicate', place)
  for (const value of values) {
    const writer = writers.get(value)
    if (!writer) note('garbage', `${place}: nobody appended ${value}`)
    else if (writer.outcome === 'aborted') note('G1a', `${place}: ${value} is of ${writer.name}`)
  }
  const last = values.at(-1)
  const writer = last === undefined ? undefined : writers.get(last)
  const appended = writer?.steps.filter((step) => 'append' in step && step.list === list) ?? []
  const final = appended.at(-1)
  if (final && 'append' in final && final.append !== last) {
    note('G1b', `${place}: ${writer?.name} went on to append ${final.append}`)
  }
}

/** The longest read of a list tells its order; all others must be beginnings of it. */
function ordersOf(reads: readonly Observation[], note: Note): Map<string, readonly number[]> {
  const orders = new Map<string, readonly number[]>()
  for (const { list, values } of reads) {
    if (values.length >= (orders.get(list)?.length ?? 0)) orders.set(list, values)
  }
  for (const { reader, list, values } of reads) {
    const order = orders.get(list) ?? []
    if (isSame(values, order.slice(0, values.length))) continue
    note('incompatible', `${reader.name} read ${show(values)} in ${list}, others ${show(order)}`)
  }
  return orders
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}

function show(values: readonly number[]): string {
  return values.length > 6 ? `[... ${values.slice(-6)}]` : `[${values}]`
}
