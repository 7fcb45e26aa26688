import { release } from '../../kernel/index.ts'

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
  /** Settles when all that waits was sent or given up. */
  flush(): Promise<void>
  /** Drops what still waits, and counts it. */
  close(): void
}

/** Creates an outbox. `send` does not reject; `onDropped` is told how many found no room. */
export function createOutbox<T>(
  { capacity, batch, interval }: OutboxOptions,
  ports: { send(records: readonly T[]): Promise<void>; onDropped(count: number): void },
): Outbox<T> {
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
    sending ??= sendAll().finally(() => {
      sending = undefined
      if (waiting.length > 0) timer ??= startTimer()
    })
    return sending
  }

  function tellDropped(): void {
    if (dropped === 0) return
    const count = dropped
    dropped = 0
    ports.onDropped(count)
  }

  async function sendAll(): Promise<void> {
    tellDropped()
    while (waiting.length > 0) {
      const records = waiting.slice(0, batch)
      waiting = waiting.slice(batch)
      await ports.send(records)
      tellDropped()
    }
  }

  function close(): void {
    clearTimeout(timer)
    dropped += waiting.length
    waiting = []
    tellDropped()
  }

  return { add, flush: drain, close }
}
