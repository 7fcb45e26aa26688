import type { PlinthError, Scope } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import { timedOut } from './failures.ts'

/** What ends a transaction from outside: its time, or its caller's signal. */
export class Limit {
  readonly #timeout: number
  readonly #signal: AbortSignal | undefined
  readonly #end: number
  readonly #timer: ReturnType<typeof setTimeout>
  #reason: PlinthError | undefined
  #stopped = false
  readonly #rejects = new Set<(reason: PlinthError) => void>()

  constructor(timeout: number, { signal }: Scope) {
    this.#timeout = timeout
    this.#signal = signal
    this.#end = performance.now() + timeout
    this.#timer = setTimeout(this.#onTimeout, timeout)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  /** Milliseconds left. */
  get left(): number {
    return Math.max(0, this.#end - performance.now())
  }

  /** Why the transaction is over, if it is. The timer is late when the event loop was busy. */
  get reason(): PlinthError | undefined {
    if (!this.#reason && !this.#stopped && this.left === 0) this.#onTimeout()
    return this.#reason
  }

  /** Settles like `promise`, or fails as soon as the limit is reached. */
  bound<T>(promise: PromiseLike<T> | T): Promise<T> {
    return new Promise((resolve, reject) => {
      const { reason } = this
      if (reason) reject(reason)
      this.#rejects.add(reject)
      // Heard out in any case: what fails after the limit is nobody's unhandled rejection.
      Promise.resolve(promise)
        .then(resolve, reject)
        .finally(() => this.#rejects.delete(reject))
    })
  }

  /** From here on nothing ends it any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onTimeout = (): void => this.#reach(timedOut(this.#timeout))

  readonly #onAbort = (): void => this.#reach(aborted(this.#signal))

  #reach(reason: PlinthError): void {
    if (this.#stopped) return
    this.stop()
    this.#reason = reason
    for (const reject of this.#rejects) reject(reason)
  }
}
