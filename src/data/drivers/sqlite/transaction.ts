import { type AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { misuse, type PlinthError, type Scope, type TraceContext } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import type { MaybePromise } from '../../value.ts'
import type { SqlConnection } from '../sql/driver.ts'
import { type Commands, type Hook, Level, type Owner } from '../sql/level.ts'
import { busy, timedOut } from './errors.ts'

export interface TransactionRequest {
  readonly work: (connection: SqlConnection) => MaybePromise<unknown>
  readonly scope: Scope
  /** Milliseconds from now, waiting included. */
  readonly timeout: number
  readonly link: Commands
  /** Whether SQLite has ended the whole group by itself. */
  readonly isLost: () => boolean
  /** Called when SQLite has ended the whole group by itself. */
  readonly onLost: (cause: PlinthError) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** One caller's transaction, from waiting through running to the caller's answer. */
export class Transaction implements Owner {
  readonly link: Commands
  readonly queuedAt: number = performance.now()
  /** The caller's answer: after the commit, or at once when it is interrupted. */
  readonly answer: Promise<unknown>
  readonly #request: TransactionRequest
  /** What its function works with. */
  readonly #level: Level = new Level(this)
  // The caller's asynchronous context: work and hooks must not run in that of whoever came first.
  // AsyncLocalStorage.snapshot() does the same on Node in 5 us instead of 0.1.
  readonly #context = new AsyncResource('plinth.transaction', { requireManualDestroy: true })
  readonly #timer: ReturnType<typeof setTimeout>
  #phase: 'waiting' | 'running' | 'ended' = 'waiting'
  #interruption: PlinthError | undefined
  #outcome: Outcome | undefined
  #wake: (() => void) | undefined
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(request: TransactionRequest) {
    this.link = request.link
    this.#request = request
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(this.#onTimeout, request.timeout)
    request.scope.signal?.addEventListener('abort', this.#onAbort)
  }

  /** Whether its function is running: inside it, the outer handle must not be used. */
  get running(): boolean {
    return this.#phase === 'running'
  }

  /** Why it has been ended from outside, if it has. */
  get interruption(): PlinthError | undefined {
    return this.#interruption
  }

  /** Whether what it wrote is to be kept. */
  get succeeded(): boolean {
    return !this.#interruption && this.#outcome !== undefined && 'value' in this.#outcome
  }

  get trace(): TraceContext | undefined {
    return this.#request.scope.trace
  }

  /** What to run after the commit. */
  get hooks(): readonly Hook[] {
    return this.succeeded ? this.#level.hooks : []
  }

  /** Opens its savepoint and runs its function; answers with a promise only when that waits for something. */
  start(current: AsyncLocalStorage<Transaction>): Promise<void> | undefined {
    this.#phase = 'running'
    try {
      this.link.savepoint(OUTERMOST)
      const result = this.inContext(() => current.run(this, this.#request.work, this.#level))
      if (isPromise(result)) return this.#settled(result)
      this.#end({ value: result })
    } catch (error) {
      this.#end({ error })
    }
    return undefined
  }

  /** Hands what it wrote to its group, or undoes it: after this its group is all that can be lost. */
  leave(): void {
    try {
      if (this.succeeded) this.link.release(OUTERMOST)
      else this.link.rollBackTo(OUTERMOST)
    } catch (error) {
      this.#request.onLost(error as PlinthError)
    }
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
    return this.#context.runInAsyncScope(run)
  }

  /** Out of space or memory, SQLite may end the transaction: no statement may follow it unnoticed. */
  notice(error: unknown): unknown {
    // Errors leave a session translated.
    if (this.#request.isLost()) this.#request.onLost(error as PlinthError)
    return error
  }

  #settled(result: PromiseLike<unknown>): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#interruption) resolve()
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
    const nested = this.#level.end()
    this.#outcome = nested && 'value' in outcome ? { error: leftOpen() } : outcome
    this.#close()
  }

  #close(): void {
    this.#phase = 'ended'
    clearTimeout(this.#timer)
    this.#request.scope.signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onTimeout = (): void => {
    const { timeout } = this.#request
    this.interrupt(this.running ? timedOut(timeout) : busy(`Waited ${timeout} ms for the writer.`))
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#request.scope
    if (signal) this.interrupt(aborted(signal))
  }
}

/** The depth of its own savepoint; those that its function opens are deeper. */
const OUTERMOST = 0

function leftOpen(): PlinthError {
  return misuse('transaction', 'its function settled before a nested transaction that it had begun')
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
