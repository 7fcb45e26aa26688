import { AsyncLocalStorage } from 'node:async_hooks'
import { misuse, type PlinthError, type Signals } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import type { StoreTransactionOptions } from '../../store.ts'
import type { MaybePromise } from '../../value.ts'
import type { SqlConnection } from '../sql/driver.ts'
import { isBusy, pause } from './busy.ts'
import { createCommands, createReadOnlyCommands } from './commands.ts'
import { Group } from './group.ts'
import type { Session } from './session.ts'
import { Transaction } from './transaction.ts'

export interface WriterOptions {
  readonly session: Session
  readonly signals: Signals
  /** Milliseconds that a transaction may take unless it says otherwise. */
  readonly timeout: number
  /** Called before a group is committed. */
  readonly onCommit: () => void
}

/** The one writer of a database: transactions queue for it and are committed in groups. */
export interface Writer {
  submit<T>(
    work: (connection: SqlConnection) => MaybePromise<T>,
    options: StoreTransactionOptions,
  ): Promise<T>
  /** Resolves when the group being written is done; undefined when none is. */
  readonly writing: Promise<void> | undefined
  /** Throws when called from inside a running transaction of this writer. */
  assertOutside(): void
  /** How many transactions wait for their turn. */
  readonly waiting: number
  /** Resolves when nothing is waiting or running any more. */
  drained(): Promise<void>
}

// Bounds on a group, so that its first members do not wait for ever for their answers.
const MAX_MEMBERS = 1000
const MAX_MS = 20

export function createWriter({ session, signals, timeout, onCommit }: WriterOptions): Writer {
  const current = new AsyncLocalStorage<Transaction>()
  const commands = createCommands(session)
  const readOnly = createReadOnlyCommands(session)
  let waiting: Transaction[] = []
  let draining: Promise<void> | undefined
  let writing: Promise<void> | undefined
  let group = new Group({ session, signals, current })

  return {
    submit,
    get writing() {
      return writing
    },
    get waiting() {
      return waiting.length
    },
    assertOutside,
    async drained() {
      while (draining) await draining
    },
  }

  function submit<T>(
    work: (connection: SqlConnection) => MaybePromise<T>,
    options: StoreTransactionOptions,
  ): Promise<T> {
    if (options.signal?.aborted) return Promise.reject(aborted(options.signal))
    const transaction = new Transaction({
      work,
      timeout: options.timeout ?? timeout,
      link: options.readOnly ? readOnly : commands,
      scope: options,
      isLost: () => !session.inTransaction,
      onLost: (cause) => group.lose(cause),
    })
    waiting.push(transaction)
    draining ??= drain()
    // The value is what `work` returned.
    return transaction.answer as Promise<T>
  }

  function assertOutside(): void {
    if (!current.getStore()?.running) return
    throw misuse(
      'transaction',
      'the outer handle was used inside it; use the handle that its function is given',
    )
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await gather()
      writing = writeGroup()
      await writing
      writing = undefined
    }
    draining = undefined
  }

  /**
   * Waits while the queue grows. A turn of the event loop takes in what the sockets hold, and whoever
   * is in time for it shares the commit; the first turn that brings nobody ends the waiting.
   */
  async function gather(): Promise<void> {
    const began = performance.now()
    let before: number
    do {
      before = waiting.length
      await new Promise((resolve) => setImmediate(resolve))
    } while (waiting.length > before && performance.now() - began < MAX_MS)
  }

  async function writeGroup(): Promise<void> {
    if (!(await begin())) return
    if (signals.measurements) {
      const name = 'plinth.data.queue.length'
      signals.measure({ name, type: 'histogram', unit: '{transaction}', value: waiting.length })
    }
    const began = performance.now()
    group = new Group({ session, signals, current })
    while (!group.lost && group.size < MAX_MEMBERS && performance.now() - began < MAX_MS) {
      const next = waiting.shift()
      if (!next) break
      if (next.interruption) continue
      const pending = group.run(next)
      if (pending) await pending
    }
    onCommit()
    group.commit()
  }

  async function begin(): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      waiting = waiting.filter(({ interruption }) => !interruption)
      if (waiting.length === 0) return false
      try {
        session.exec('BEGIN IMMEDIATE')
        return true
      } catch (error) {
        if (!isBusy(error)) return refuse(error as PlinthError)
      }
      await pause(attempt)
    }
  }

  /** The database cannot be written now: waiting longer would not help those who wait. */
  function refuse(error: PlinthError): false {
    for (const transaction of waiting.splice(0)) transaction.interrupt(error)
    return false
  }
}
