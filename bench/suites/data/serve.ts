/** The side's end of the harness: a process of its own that measures itself when it is told to. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as dataset from '../../peers/data/dataset.ts'
import { difference } from './answers.ts'
import { actorOf, callsOf, type ReadCase, strangersTask } from './cases.ts'
import type { Clock, Order, Report } from './messages.ts'
import { type DataSide, rowsCreated, type Visited } from './side.ts'

/** What a side needs beside itself to have its writes checked. */
export interface Witness {
  /** The importer's tasks as stored, found by a connection that is not the side's. */
  readonly created: () => Promise<readonly { title: string; createdAt: unknown; id: string }[]>
  /** Takes them out again, and the log of changes with them. */
  readonly discard: () => Promise<void>
}

type ReadOrder = Extract<Order, { do: 'read' }>

/** Rows streamed before memory is looked at: by then everything is loaded and compiled. */
const warmUpRows = 20_000
/** So many rows pass between two looks at the memory. */
const lookEvery = 5000

/** Answers the harness until it is gone. `unguarded`: the side knows no owner when it gets one row. */
export function serveSide(
  side: DataSide,
  { witness, unguarded = false }: { witness?: Witness; unguarded?: boolean } = {},
): void {
  const calls = new Map<ReadCase, ReturnType<typeof callsOf>>()
  const find = (name: ReadCase) => {
    const known = calls.get(name) ?? callsOf(side, name)
    calls.set(name, known)
    return known
  }

  const obey = async (order: Order): Promise<Report> => {
    switch (order.do) {
      case 'check':
        return check(order.case)
      case 'read':
        return read(order)
      case 'create':
        return create()
      case 'stream':
        return stream()
    }
  }

  const check = async (name: ReadCase): Promise<Report> => {
    const asked = find(name)
    if (asked === undefined) return { absent: true }
    for (const call of asked) {
      const wrong = difference(await call.make(), call.expected())
      if (wrong !== undefined) return { wrong: `${name}: ${wrong}` }
    }
    if (name === 'get' && !unguarded) {
      const { actor, id } = strangersTask()
      const found = await side.get?.(actor, id)
      if (found) return { wrong: 'get: finds the task of somebody else' }
    }
    return { figure: 0 }
  }

  /**
   * Microseconds a call. The calls begin in turns of the event loop, as requests do, since what a
   * library shares within a turn it cannot share between requests; what the turns themselves cost is
   * taken off. Only a promise is waited for: what a library answers at once stays so.
   */
  const read = async (order: ReadOrder): Promise<Report> => {
    const asked = find(order.case)
    if (asked === undefined) return { absent: true }
    const { clock, ms, perTurn } = order
    const overhead = await costOfTurn(clock)
    let made = 0
    let turns = 0
    const from = performance.now()
    const spent = stopwatch(clock)
    while (performance.now() - from < ms) {
      await turn()
      turns++
      for (let i = 0; i < perTurn; i++) {
        const call = asked[made++ % asked.length]
        if (call === undefined) break
        const pending = call.make()
        const answer = isPromise(pending) ? await pending : pending
        if (!call.glance(answer)) return { wrong: `${order.case}: a wrong answer while measured` }
      }
    }
    return { figure: (spent() - turns * overhead) / made }
  }

  const rows = Array.from({ length: rowsCreated }, (_, index) => dataset.newTask(index))

  /** Milliseconds until all rows are on disk. */
  const create = async (): Promise<Report> => {
    if (side.createMany === undefined || witness === undefined) return { absent: true }
    const from = performance.now()
    await side.createMany(actorOf(dataset.importer), rows)
    const figure = performance.now() - from
    const stored = await witness.created()
    await witness.discard()
    if (stored.length !== rows.length) return { wrong: `${stored.length} rows were stored` }
    const byTitle = new Map(stored.map((row) => [row.title, row]))
    for (const row of rows) {
      const wrong = difference(byTitle.get(row.title), row, 'createMany: stored row')
      if (wrong !== undefined) return { wrong }
    }
    return { figure }
  }

  /** Milliseconds of processor time for all comments, and the most MiB by which the process grew meanwhile, from one. */
  const stream = async (): Promise<Report> => {
    if (side.stream === undefined) return { absent: true }
    const actor = actorOf(0)
    const enough = new Error('enough')
    let warm = 0
    try {
      await side.stream(actor, () => {
        if (++warm === warmUpRows) throw enough
      })
    } catch (error) {
      if (error !== enough) throw error
    }
    collectGarbage()
    let seen = 0
    let instants = 0
    let peak = 0
    const before = process.memoryUsage.rss()
    const spent = stopwatch('processor')
    await side.stream(actor, (row: Visited) => {
      instants += Number(row.createdAt) % 1_000_003
      if (++seen % lookEvery === 0) peak = Math.max(peak, process.memoryUsage.rss())
    })
    const figure = spent() / 1000
    if (seen !== dataset.comments) return { wrong: `stream: shows ${seen} rows` }
    if (instants !== expectedInstants()) return { wrong: 'stream: shows other rows' }
    return { figure, memory: Math.max(1, (peak - before) / 2 ** 20) }
  }

  process.on('message', (order: Order) => {
    obey(order).then(
      (report) => process.send?.(report),
      (error: unknown) =>
        process.send?.({ failed: error instanceof Error ? `${error.stack}` : String(error) }),
    )
  })
  process.once('disconnect', () => process.exit())
  process.send?.({ figure: 0 })
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Microseconds of a turn in which nothing happens, the least of three tries. */
async function costOfTurn(clock: Clock): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 3; attempt++) {
    let turns = 0
    const from = performance.now()
    const spent = stopwatch(clock)
    while (performance.now() - from < 20) {
      await turn()
      turns++
    }
    least = Math.min(least, spent() / turns)
  }
  return least
}

/** Answers with the microseconds since it was made. */
function stopwatch(clock: Clock): () => number {
  if (clock === 'wall') {
    const from = performance.now()
    return () => (performance.now() - from) * 1000
  }
  const from = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(from)
    return user + system
  }
}

/** Libraries have promises of their own, which are no `Promise`. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

function expectedInstants(): number {
  let sum = 0
  for (let i = 0; i < dataset.comments; i++) sum += dataset.comment(i).createdAt % 1_000_003
  return sum
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
}
