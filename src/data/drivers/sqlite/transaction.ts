import { AsyncLocalStorage } from 'node:async_hooks'
import type { PlinthError } from '../../../kernel/index.ts'
import type { Connection, MaybePromise } from '../../driver.ts'
import { type Hook, Level, type Owner } from './connection.ts'
import { aborted, busy, timedOut } from './errors.ts'
import type { Session } from './session.ts'

export interface TransactionRequest {
  readonly work: (connection: Connection) => MaybePromise<unknown>
  /** Milliseconds from now, waiting included. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly session: Session
  /** Called when SQLite has ended the whole group by itself. */
  readonly onLost: (cause: PlinthError) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** One caller's transaction, from waiting through running to the caller's answer. */
export class Transaction implements Owner {
  readonly session: Session
  readonly queuedAt: number = performance.now()
  /** The caller's answer: after the commit, or at once when it is interrupted. */
  readonly answer: Promise<unknown>
  readonly #request: TransactionRequest
  readonly #level: Level
  // The caller's asynchronous context: work and hooks must not run in that of whoever came first.
  readonly #inContext = AsyncLocalStorage.snapshot()
  readonly #timer: ReturnType<typeof setTimeout>
  #phase: 'waiting' | 'running' | 'ended' = 'waiting'
  #interruption: PlinthError | undefined
  #outcome: Outcome | undefined
  #wake: (() => void) | undefined
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(request: TransactionRequest) {
    this.session = request.session
    this.#request = request
    this.#level = new Level(this)
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(this.#onTimeout, request.timeout)
    request.signal?.addEventListener('abort', this.#onAbort)
  }

  /** Whether its function is running: inside it, the outer handle must not be used. */
  get running(): boolean {
    return this.#phase === 'running'
  }

  /** Whether it has been ended from outside. */
  get interrupted(): boolean {
    return this.#interruption !== undefined
  }

  /** Whether what it wrote is to be kept. */
  get succeeded(): boolean {
    return !this.interrupted && this.#outcome !== undefined && 'value' in this.#outcome
  }

  /** What to run after the commit. */
  get hooks(): readonly Hook[] {
    return this.succeeded ? this.#level.hooks : []
  }

  /** Runs its function; answers with a promise only when that waits for something. */
  start(current: AsyncLocalStorage<Transaction>): Promise<void> | undefined {
    this.#phase = 'running'
    try {
      const result = this.inContext(() => current.run(this, this.#request.work, this.#level))
      if (isPromise(result)) return this.#settled(result)
      this.#end({ value: result })
    } catch (error) {
      this.#end({ error })
    }
    return undefined
  }

  /** Ends it from outside: whatever its function still does throws and nothing of it is stored. */
  interrupt(reason: PlinthError): void {
    if (this.#phase === 'ended') return
    this.#interruption = reason
    if (this.#phase === 'waiting') this.settle()
    this.#close()
    this.#wake?.()
  }

  /** Gives the caller its answer, once nothing can change it any more. */
  settle(): void {
    if (this.#interruption) this.#reject(this.#interruption)
    else if (this.#outcome && 'value' in this.#outcome) this.#resolve(this.#outcome.value)
    else this.#reject(this.#outcome?.error)
  }

  /** Gives the caller an error instead of its answer: the group could not be committed. */
  fail(error: PlinthError): void {
    this.#reject(this.#interruption ?? error)
  }

  inContext<T>(run: () => T): T {
    return this.#inContext(run)
  }

  assertAlive(): void {
    if (this.#interruption) throw this.#interruption
  }

  lose(cause: PlinthError): void {
    this.#request.onLost(cause)
  }

  #settled(result: PromiseLike<unknown>): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      const end = (outcome: Outcome) => {
        this.#end(outcome)
        resolve()
      }
      result.then(
        (value) => end({ value }),
        (error) => end({ error }),
      )
    })
  }

  #end(outcome: Outcome): void {
    if (this.#phase === 'ended') return
    // The timer is late when the event loop was busy.
    if (performance.now() - this.queuedAt > this.#request.timeout) {
      this.#onTimeout()
      return
    }
    this.#outcome = outcome
    try {
      this.#level.end()
    } catch (error) {
      if ('value' in outcome) this.#outcome = { error }
    }
    this.#close()
  }

  #close(): void {
    this.#phase = 'ended'
    clearTimeout(this.#timer)
    this.#request.signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onTimeout = (): void => {
    const { timeout } = this.#request
    this.interrupt(this.running ? timedOut(timeout) : busy(`Waited ${timeout} ms for the writer.`))
  }

  readonly #onAbort = (): void => {
    if (this.#request.signal) this.interrupt(aborted(this.#request.signal))
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
