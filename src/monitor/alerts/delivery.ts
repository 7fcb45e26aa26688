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

export function createDelivery(
  destination: AlertDestination,
  { timeout, retries, onLost }: DeliveryOptions,
): Delivery {
  const closing = new AbortController()
  const waiting: AlertNotice[] = []
  const resting = new Set<() => void>()
  let working: Promise<void> | undefined
  /** Ends a pause before a further try; undefined outside of one. */
  let wake: (() => void) | undefined

  return {
    add(notice) {
      if (closing.signal.aborted) return
      // Who has not yet been told that it began need not be told that it goes on.
      const isKnown = ({ incident }: AlertNotice) => incident === notice.incident
      if (notice.type === 'alert.repeated' && waiting.some(isKnown)) return
      if (waiting.length >= CAPACITY) {
        onLost(destination.name, notice, new Error('too many notices wait'))
        return
      }
      waiting.push(notice)
      working ??= work().finally(() => {
        working = undefined
        rest()
      })
    },
    flush() {
      if (!working || wake) return Promise.resolve()
      return new Promise((resolve) => resting.add(resolve))
    },
    close() {
      closing.abort()
      waiting.length = 0
      wake?.()
      rest()
    },
  }

  async function work(): Promise<void> {
    for (let notice = waiting[0]; notice; notice = waiting[0]) {
      await deliver(notice)
      // Kept in its place until then, so that no repetition joins it.
      if (waiting[0] === notice) waiting.shift()
    }
  }

  async function deliver(notice: AlertNotice): Promise<void> {
    for (let tries = 0; !closing.signal.aborted; tries += 1) {
      const error = await attempt(notice)
      if (error === undefined || closing.signal.aborted) return
      const pause = retries[tries]
      if (pause === undefined || error instanceof UndeliverableError) {
        onLost(destination.name, notice, error)
        return
      }
      await sleep(pause)
    }
  }

  async function attempt(notice: AlertNotice): Promise<unknown> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeout)])
    try {
      // One that does not heed the signal does not hold up what comes after it.
      await Promise.race([destination.send(notice, signal), rejection(signal)])
      return undefined
    } catch (error) {
      return error ?? new Error('failed')
    }
  }

  async function sleep(time: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, time)
      release(timer)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      rest()
    })
    wake = undefined
  }

  function rest(): void {
    for (const resolve of resting) resolve()
    resting.clear()
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
