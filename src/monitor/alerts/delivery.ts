import { release } from '../../kernel/index.ts'
import { type AlertDestination, UndeliverableError } from './destination.ts'
import type { AlertNotice } from './notice.ts'

export interface DeliveryOptions {
  /** Milliseconds for one try. */
  readonly timeout: number
  /** Milliseconds before each further try. */
  readonly retries: readonly number[]
  /** Told of what was given up, and why. */
  onLost(destination: string, notice: AlertNotice, error: unknown): void
}

/** Notices on their way to one destination, one after the other. */
export interface Delivery {
  /** Never waits and never throws. */
  add(notice: AlertNotice): void
  /** Settles when nothing waits, or what waits does so for its next try. */
  flush(): Promise<void>
  /** Gives up at once what is under way. */
  close(): void
}

/** Notices that may wait for one destination: more are of no use to whoever reads them. */
const CAPACITY = 100

/** A notice with what has been done to deliver it. */
interface Waiting {
  readonly notice: AlertNotice
  tries: number
  /** Milliseconds on the clock of `performance`: not to be tried before. */
  due: number
}

/**
 * Creates a delivery. Between two tries nothing runs but a timer, and a flush takes up what is due: on Workers
 * the request that a try began in is over by the next.
 */
export function createDelivery(
  destination: AlertDestination,
  { timeout, retries, onLost }: DeliveryOptions,
): Delivery {
  const waiting: Waiting[] = []
  let working: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let trying: AbortController | undefined
  let closed = false

  function add(notice: AlertNotice): void {
    if (closed) return
    // Who has not yet been told that it began need not be told that it goes on.
    const isKnown = (each: Waiting) => each.notice.incident === notice.incident
    if (notice.type === 'alert.repeated' && waiting.some(isKnown)) return
    if (waiting.length >= CAPACITY) {
      onLost(destination.name, notice, new Error('too many notices wait'))
      return
    }
    waiting.push({ notice, tries: 0, due: 0 })
    void work()
  }

  function work(): Promise<void> {
    clearTimeout(timer)
    working ??= deliverAll().finally(() => {
      working = undefined
      const [next] = waiting
      if (next) timer = release(setTimeout(work, next.due - performance.now()))
    })
    return working
  }

  async function deliverAll(): Promise<void> {
    for (let next = waiting[0]; next && next.due <= performance.now(); next = waiting[0]) {
      const isDone = await deliver(next)
      // Kept in its place until then, so that no repetition joins it.
      if (isDone && waiting[0] === next) waiting.shift()
    }
  }

  /** Whether it needs no further try. */
  async function deliver(next: Waiting): Promise<boolean> {
    const error = await attempt(next.notice)
    if (error === undefined || closed) return true
    const pause = retries[next.tries]
    if (pause === undefined || error instanceof UndeliverableError) {
      onLost(destination.name, next.notice, error)
      return true
    }
    next.tries += 1
    next.due = performance.now() + pause
    return false
  }

  async function attempt(notice: AlertNotice): Promise<unknown> {
    trying = new AbortController()
    const signal = AbortSignal.any([trying.signal, AbortSignal.timeout(timeout)])
    try {
      // One that does not heed the signal does not hold up what comes after it.
      await Promise.race([destination.send(notice, signal), rejection(signal)])
      return undefined
    } catch (error) {
      return error ?? new Error('failed')
    }
  }

  function close(): void {
    closed = true
    clearTimeout(timer)
    waiting.length = 0
    trying?.abort()
  }

  return { add, flush: work, close }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
