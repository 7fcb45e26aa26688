import { misuse, type PlinthError } from '../../../kernel/index.ts'
import type { RawSql } from '../../store.ts'
import type { MaybePromise } from '../../value.ts'
import type { Parameter, SqlConnection, SqlResult, Statement } from './driver.ts'
import { assertNoControl } from './transaction-control.ts'

export type Hook = () => void | Promise<void>

/** What runs inside a transaction: statements, and savepoints by their depth. Errors leave it translated. */
export interface Commands {
  run(statement: Statement, params: readonly Parameter[]): MaybePromise<SqlResult>
  /** Statements as somebody else wrote them. */
  readonly raw?: RawSql
  /** Opens a savepoint in that of the depth before. */
  savepoint(depth: number): MaybePromise<void>
  /** Keeps what was done since the savepoint. */
  release(depth: number): MaybePromise<void>
  /** Undoes what was done since the savepoint, and removes it. */
  rollBackTo(depth: number): MaybePromise<void>
}

/** What a level asks about the transaction that it belongs to. */
export interface Owner {
  readonly link: Commands
  /** Why the transaction can no longer commit: it timed out, was aborted or was lost. */
  readonly interruption: PlinthError | undefined
  /** Called with what a command failed with; answers with what the caller is told. */
  notice(error: unknown): unknown
}

/** One level of a transaction: the outermost, or a savepoint in it. */
export class Level implements SqlConnection {
  readonly hooks: Hook[] = []
  readonly #owner: Owner
  readonly #depth: number
  #ended = false
  #child: Level | undefined

  constructor(owner: Owner, depth = 0) {
    this.#owner = owner
    this.#depth = depth
  }

  run(statement: Statement, params: readonly Parameter[]): MaybePromise<SqlResult> {
    return this.#send(() => this.#owner.link.run(statement, params))
  }

  get raw(): RawSql | undefined {
    const { raw } = this.#owner.link
    if (!raw) return undefined
    return {
      dialect: raw.dialect,
      run: (sql, params) => {
        assertNoControl(sql)
        return this.#send(() => raw.run(sql, params))
      },
    }
  }

  afterCommit(hook: Hook): void {
    this.#assertUsable()
    this.hooks.push(hook)
  }

  async savepoint<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    this.#assertUsable()
    const child = new Level(this.#owner, this.#depth + 1)
    this.#child = child
    try {
      await child.#command((link, depth) => link.savepoint(depth))
      return await this.#runChild(child, work)
    } finally {
      child.end()
      this.#child = undefined
    }
  }

  /** Closes this level and those in it to further use; answers whether one in it was still open. */
  end(): boolean {
    this.#ended = true
    this.#child?.end()
    return this.#child !== undefined
  }

  async #runChild<T>(child: Level, work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    try {
      const value = await work(child)
      child.#assertUsable()
      // What its function did not wait for must not run behind it, as a part of this level.
      child.end()
      await child.#command((link, depth) => link.release(depth))
      this.hooks.push(...child.hooks)
      return value
    } catch (error) {
      child.end()
      // Otherwise it is undone already, and the link may serve another transaction by now.
      if (this.#open) await child.#command((link, depth) => link.rollBackTo(depth))
      throw error
    }
  }

  #send<T>(run: () => MaybePromise<T>): MaybePromise<T> {
    this.#assertUsable()
    return this.#noticing(run)
  }

  #command(send: (link: Commands, depth: number) => MaybePromise<void>): MaybePromise<void> {
    return this.#noticing(() => send(this.#owner.link, this.#depth))
  }

  #noticing<T>(run: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const result = run()
      return result instanceof Promise ? result.then(undefined, this.#fail) : result
    } catch (error) {
      return this.#fail(error)
    }
  }

  readonly #fail = (error: unknown): never => {
    throw this.#owner.notice(error)
  }

  #assertUsable(): void {
    if (this.#owner.interruption) throw this.#owner.interruption
    if (this.#ended)
      throw misuse(PLACE, 'it has ended; its handle works until its function settles')
    if (this.#child) {
      throw misuse(PLACE, 'a nested one is running; use the handle given to it, or await it first')
    }
  }

  get #open(): boolean {
    return !this.#ended && !this.#owner.interruption
  }
}

const PLACE = 'transaction'
