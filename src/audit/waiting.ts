import { type Database, type Gatherer, gather } from '../data/index.ts'
import type { Signals } from '../kernel/index.ts'
import type { Happening } from './draft.ts'

export interface WaitingPorts {
  /** Asked when there is something to store. */
  readonly database: () => Database
  readonly chain: Gatherer<Happening>
  readonly signals: Signals
  readonly note: (event: string, details: Readonly<Record<string, unknown>>) => Happening
}

/** What happened outside of any transaction, and waits for one of its own. */
export interface Waiting {
  /** Takes it in at once; whoever reports does not wait. */
  add(happening: Happening): void
  /** Tries what was given up before, and settles when all was stored, or given up for now. */
  idle(): Promise<void>
}

/** What is kept while the database does not take it; more is counted, and the count stored. */
const MOST = 10_000
const BATCH = 100
const TRIES = 5
const PAUSE_MS = 50

/** Stores what happened outside of transactions, soon and in order, many in one transaction. */
export function createWaiting({ database, chain, signals, note }: WaitingPorts): Waiting {
  let waiting: Happening[] = []
  let dropped = 0
  let draining: Promise<void> | undefined

  return {
    add(happening) {
      if (waiting.length < MOST) waiting.push(happening)
      else dropped += 1
      start()
    },
    async idle() {
      start()
      while (draining) await draining
    },
  }

  function start(): void {
    draining ??= drain().finally(() => {
      draining = undefined
    })
  }

  async function drain(): Promise<void> {
    for (let failed = 0; waiting.length > 0; ) {
      const batch = waiting.splice(0, BATCH)
      if (dropped > 0) {
        batch.push(note('audit.dropped', { count: dropped }))
        dropped = 0
      }
      try {
        await store(batch)
        failed = 0
      } catch (error) {
        waiting = [...batch, ...waiting]
        failed += 1
        if (failed === TRIES) return giveUp(error)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** failed))
      }
    }
  }

  function store(batch: readonly Happening[]): Promise<void> {
    return database().system.transaction(async (tx) => {
      for (const happening of batch) gather(tx, chain, happening)
    })
  }

  /** They are kept for the next time; whoever watches hears of it. */
  function giveUp(error: unknown): void {
    const message = `${waiting.length} security events could not be stored in the audit log yet`
    signals.log({ level: 'error', event: 'audit.waiting', message, error })
  }
}
