import { misuse, PlinthError } from '../../../kernel/index.ts'
import type { MaybePromise } from '../../value.ts'
import type { SqlConnection } from './driver.ts'
import { indeterminate } from './failures.ts'
import { type Hook, Level, type Owner } from './level.ts'
import type { Limit } from './limit.ts'
import type { BeginOptions, Link } from './link.ts'
import { isTransient } from './retry.ts'

/** One run of a transaction's function on one link. */
export class Attempt implements Owner {
  readonly link: Link
  readonly #limit: Limit
  readonly #level: Level = new Level(this)
  readonly #answeredBefore: number
  #running = false
  #silent = false
  #doom: PlinthError | undefined

  constructor(link: Link, limit: Limit) {
    this.link = link
    this.#limit = limit
    this.#answeredBefore = link.answered
  }

  /** Whether its function is running: inside it, the outer handle must not be used. */
  get running(): boolean {
    return this.#running
  }

  get interruption(): PlinthError | undefined {
    return this.#limit.reason ?? this.#doom
  }

  /** What to run after the commit. */
  get hooks(): readonly Hook[] {
    return this.#level.hooks
  }

  /** Whether running the function anew may succeed where this attempt failed. */
  get repeatable(): boolean {
    return isTransient(this.#doom)
  }

  /** Whether the link turned out to be dead before anything had begun. */
  get stillborn(): boolean {
    return !this.link.alive && this.link.answered === this.#answeredBefore
  }

  /** A transaction that the database ended, or whose link is gone, cannot go on, whoever catches the error. */
  notice(error: unknown): unknown {
    if (this.#limit.reason) return this.#limit.reason
    if (error instanceof PlinthError && (isTransient(error) || !this.link.alive)) {
      this.#doom ??= error
    }
    return this.#doom ?? error
  }

  /** Begins, and runs the function until it has settled or the limit is reached. */
  async work<T>(
    run: (connection: SqlConnection) => MaybePromise<T>,
    options: BeginOptions,
  ): Promise<T> {
    try {
      const begun = this.link.begin(options)
      if (begun instanceof Promise) await this.#limit.bound(begun)
    } catch (error) {
      throw this.notice(error)
    }
    this.#running = true
    try {
      const value = await this.#limit.bound(run(this.#level))
      if (this.#level.end()) throw leftOpen()
      if (this.interruption) throw this.interruption
      return value
    } finally {
      this.#level.end()
      this.#running = false
    }
  }

  /** Makes it durable. Nothing interrupts it from here on; `grace` bounds the wait for a silent server. */
  async commit(grace: number): Promise<void> {
    this.#limit.stop()
    let timer: ReturnType<typeof setTimeout> | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#silent = true
        reject(indeterminate(undefined))
      }, grace)
    })
    try {
      await Promise.race([this.link.commit(), silence])
    } catch (error) {
      throw this.notice(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Undoes it; when it was interrupted, by force. Leaves a link that is idle or dead. */
  async undo(): Promise<void> {
    if (!this.#limit.reason && !this.#silent) {
      try {
        return await this.#limit.bound(this.link.rollback())
      } catch {
        // A rollback that does not succeed is one that force has to bring about.
      }
    }
    await this.link.abandon()
  }
}

function leftOpen(): PlinthError {
  return misuse('transaction', 'its function settled before a nested transaction that it had begun')
}
