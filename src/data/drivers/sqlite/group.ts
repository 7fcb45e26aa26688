import type { AsyncLocalStorage } from 'node:async_hooks'
import type { PlinthError, Signals } from '../../../kernel/index.ts'
import { runHook } from '../sql/hooks.ts'
import { notCommitted } from './errors.ts'
import type { Session } from './session.ts'
import type { Transaction } from './transaction.ts'

export interface GroupOptions {
  readonly session: Session
  readonly signals: Signals
  /** Marks the asynchronous context in which a transaction's function runs. */
  readonly current: AsyncLocalStorage<Transaction>
}

/** The transactions that share one commit, from BEGIN to their callers' answers. */
export class Group {
  readonly #session: Session
  readonly #signals: Signals
  readonly #current: AsyncLocalStorage<Transaction>
  readonly #members: Transaction[] = []
  #lost: PlinthError | undefined

  constructor({ session, signals, current }: GroupOptions) {
    this.#session = session
    this.#signals = signals
    this.#current = current
  }

  get size(): number {
    return this.#members.length
  }

  /** Whether SQLite has ended the transaction of all members by itself. */
  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** Runs a member in a savepoint; answers with a promise only when the member waits. */
  run(member: Transaction): Promise<void> | undefined {
    this.#members.push(member)
    if (this.#signals.measurements) this.#measure('queue.wait', 's', secondsSince(member.queuedAt))
    const pending = member.start(this.#current)
    if (pending) return pending.then(() => this.#close(member))
    this.#close(member)
    return undefined
  }

  /** Gives all members up: nothing that any of them wrote will be stored. */
  lose(cause: PlinthError): void {
    this.#lost ??= cause
    for (const member of this.#members) member.interrupt(notCommitted(this.#lost))
  }

  /** Makes all members durable and answers their callers; on failure none is acknowledged. */
  commit(): void {
    const began = performance.now()
    try {
      if (!this.#lost) this.#session.exec('COMMIT')
    } catch (error) {
      this.#lost = error as PlinthError
    }
    if (this.#signals.measurements) {
      this.#measure('commit.size', '{transaction}', this.#members.length)
      this.#measure('commit.duration', 's', secondsSince(began))
    }
    if (this.#lost) this.#abandon(this.#lost)
    else this.#acknowledge()
  }

  #close(member: Transaction): void {
    if (this.#lost) return
    member.leave()
    // Nobody waits longer for what cannot happen any more.
    if (member.interruption) member.settle()
  }

  #acknowledge(): void {
    const signals = this.#signals
    for (const member of this.#members) {
      const { trace } = member
      for (const hook of member.hooks) member.inContext(() => runHook(hook, { signals, trace }))
      member.settle()
    }
  }

  #abandon(cause: PlinthError): void {
    try {
      if (this.#session.inTransaction) this.#session.exec('ROLLBACK')
    } catch (error) {
      this.#signals.log({ level: 'error', message: 'A rollback failed.', error })
    }
    for (const member of this.#members) member.fail(notCommitted(cause))
  }

  #measure(name: string, unit: string, value: number): void {
    this.#signals.measure({ name: `plinth.data.${name}`, type: 'histogram', unit, value })
  }
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000
}
