import { release } from '../../kernel/index.ts'
import { createRuns } from './runs.ts'

/** How much may wait, and for how long. */
export interface OutboxOptions {
  /** Records that may wait; beyond that new ones are dropped. */
  readonly capacity: number
  /** Records sent at once. */
  readonly batch: number
  /** Milliseconds after which what waits is sent. */
  readonly interval: number
}

/** Records on their way out, in batches, one after the other. */
export interface Outbox<T> {
  /** Never waits and never throws: what finds no room is dropped and counted. */
  add(record: T): void
  /** Settles when all that waits or is on its way was sent or lost. */
  flush(): Promise<void>
  /** Aborts what is on its way. What waits goes on waiting. */
  giveUp(): void
  /** Drops what still waits, and counts it. */
  close(): void
}

export interface OutboxPorts<T> {
  /** Does not reject. */
  send(records: readonly T[], signal: AbortSignal): Promise<void>
  /** Told how many found no room. */
  onDropped(count: number): void
}

/** Creates an outbox. */
export function createOutbox<T>(
  { capacity, batch, interval }: OutboxOptions,
  ports: OutboxPorts<T>,
): Outbox<T> {
  const runs = createRuns()
  let waiting: T[] = []
  let dropped = 0
  let sending: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function add(record: T): void {
    if (waiting.length >= capacity) {
      dropped += 1
      return
    }
    waiting.push(record)
    if (waiting.length >= batch) void drain()
    else timer ??= startTimer()
  }

  function startTimer(): ReturnType<typeof setTimeout> {
    const started = setTimeout(() => void drain(), interval)
    release(started)
    return started
  }

  function drain(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    sending ??= runs.run(sendAll).finally(() => {
      sending = undefined
      if (waiting.length > 0) timer ??= startTimer()
    })
    return sending
  }

  /** Does not leave it to what is on its way already: that may have begun in another request of a Worker. */
  async function flush(): Promise<void> {
    await Promise.all([sending, runs.run(sendAll)])
  }

  function giveUp(): void {
    sending = undefined
    runs.giveUp()
  }

  function tellDropped(): void {
    if (dropped === 0) return
    const count = dropped
    dropped = 0
    ports.onDropped(count)
  }

  async function sendAll(signal: AbortSignal): Promise<void> {
    tellDropped()
    while (waiting.length > 0 && !signal.aborted) {
      const records = waiting.slice(0, batch)
      waiting = waiting.slice(batch)
      await ports.send(records, signal)
      tellDropped()
    }
  }

  function close(): void {
    clearTimeout(timer)
    dropped += waiting.length
    waiting = []
    tellDropped()
  }

  return { add, flush, giveUp, close }
}
