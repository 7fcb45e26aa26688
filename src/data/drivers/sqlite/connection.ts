import { misuse, type PlinthError } from '../../../kernel/index.ts'
import type { RawSql } from '../../store.ts'
import type { Parameter, SqlConnection, SqlResult, Statement } from '../sql/driver.ts'
import { assertNoControl } from '../sql/transaction-control.ts'
import type { Session } from './session.ts'

export type Hook = () => void | Promise<void>

/** What a connection asks about the transaction that it belongs to. */
export interface Owner {
  readonly session: Session
  /** Why the transaction can no longer commit: it timed out, was aborted or was lost. */
  readonly interruption: PlinthError | undefined
  readonly readOnly: boolean
  /** Called when nothing of SQLite's transaction can be kept. */
  lose(cause: PlinthError): void
}

/** One level of a transaction, in a savepoint of its own: the outermost, or one nested in it. */
export class Level implements SqlConnection {
  readonly hooks: Hook[] = []
  readonly #owner: Owner
  // Each depth has its name: going back to a level must undo the levels left open inside it as well.
  readonly #depth: number
  #ended = false
  #child: Level | undefined

  constructor(owner: Owner, depth = 0) {
    this.#owner = owner
    this.#depth = depth
  }

  run(statement: Statement, params: readonly Parameter[]): SqlResult {
    return this.#send(() => this.#owner.session.run(statement, params))
  }

  get raw(): RawSql {
    return {
      dialect: 'sqlite',
      run: (sql, params) => {
        assertNoControl(sql)
        return this.#send(() => this.#owner.session.raw(sql, params))
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
    child.begin()
    this.#child = child
    try {
      const value = await work(child)
      child.#assertUsable()
      child.release()
      this.hooks.push(...child.hooks)
      return value
    } catch (error) {
      // Otherwise it is undone already, and the connection may serve another transaction by now.
      if (child.#open) child.rollBack()
      throw error
    } finally {
      child.end()
      this.#child = undefined
    }
  }

  begin(): void {
    this.#exec(`SAVEPOINT plinth_${this.#depth}`)
  }

  /** Hands what was written to the level above. */
  release(): void {
    this.#exec(`RELEASE plinth_${this.#depth}`)
  }

  rollBack(): void {
    try {
      this.#exec(`ROLLBACK TO plinth_${this.#depth}`)
      this.release()
    } catch (error) {
      this.#owner.lose(error as PlinthError)
    }
  }

  /** Closes this level and those in it to further use; answers whether one in it was still open. */
  end(): boolean {
    this.#ended = true
    this.#child?.end()
    return this.#child !== undefined
  }

  #send<T>(run: () => T): T {
    this.#assertUsable()
    try {
      return this.#owner.readOnly ? this.#reading(run) : run()
    } catch (error) {
      throw this.#noticeLoss(error)
    }
  }

  /** The connection writes for others as well: it is read-only for one statement at a time. */
  #reading<T>(run: () => T): T {
    this.#owner.session.exec('PRAGMA query_only = ON')
    try {
      return run()
    } catch (error) {
      const { cause } = error as PlinthError
      const refused = cause instanceof Error && /readonly database/.test(cause.message)
      throw refused ? misuse(PLACE, 'it is read-only and cannot write', cause) : error
    } finally {
      this.#owner.session.exec('PRAGMA query_only = OFF')
    }
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

  #exec(sql: string): void {
    try {
      this.#owner.session.exec(sql)
    } catch (error) {
      throw this.#noticeLoss(error)
    }
  }

  /** Out of space or memory, SQLite may end the transaction: no statement may follow it unnoticed. */
  #noticeLoss(error: unknown): unknown {
    // Errors leave a session translated.
    if (!this.#owner.session.inTransaction) this.#owner.lose(error as PlinthError)
    return error
  }
}

const PLACE = 'transaction'
