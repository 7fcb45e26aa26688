import type { Operation } from '../../../http/index.ts'
import type { TableSize } from '../../part.ts'
import type { TableRow, TablesAnswer } from '../wire.ts'
import { type Answering, plain, view } from './view.ts'

/** Milliseconds for which a count is good; one that took long is good for a thousand times as long as it took. */
const KEEP = 60_000
const KEEP_FACTOR = 1_000
/** Milliseconds of counting for one answer; what is not counted by then is as it was. */
const BUDGET = 1_000

interface Counted {
  readonly rows: number | null
  readonly time: number
  readonly until: number
}

/** How many rows each table has: counted one after the other, and seldom. */
export function tablesView(answering: Answering, tables: readonly TableSize[]): Operation {
  const counts = new Map<string, Counted>()
  let running: Promise<void> | undefined
  return view(answering, 'tables', {
    query: plain,
    answer: async (): Promise<TablesAnswer> => {
      running ??= countAll().finally(() => {
        running = undefined
      })
      await running
      return { rows: tables.map(({ name }) => toRow(name)) }
    },
  })

  async function countAll(): Promise<void> {
    const end = answering.now() + BUDGET
    for (const table of tables) {
      const now = answering.now()
      if (now > end) return
      if ((counts.get(table.name)?.until ?? 0) <= now) await count(table)
    }
  }

  async function count({ name, count: countRows }: TableSize): Promise<void> {
    const began = performance.now()
    const rows = await countRows(AbortSignal.timeout(BUDGET)).catch(() => null)
    const took = performance.now() - began
    const time = answering.now()
    counts.set(name, { rows, time, until: time + Math.max(KEEP, took * KEEP_FACTOR) })
  }

  function toRow(name: string): TableRow {
    const { rows = null, time = 0 } = counts.get(name) ?? {}
    return { name: answering.show.line(name, 100), rows, time }
  }
}
