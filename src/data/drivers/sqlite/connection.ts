import { misuse, type PlinthError } from '../../../kernel/index.ts'
import type { Connection, Result, Statement, StoredValue } from '../../driver.ts'
import type { Session } from './session.ts'

export type Hook = () => void | Promise<void>

/** What a connection asks about the transaction that it belongs to. */
export interface Owner {
  readonly session: Session
  /** Throws when the transaction can no longer commit: it timed out, was aborted or was lost. */
  assertAlive(): void
  /** Called when SQLite has ended the whole transaction by itself. */
  lose(cause: PlinthError): void
}

// One name serves all levels: SQLite means the innermost savepoint of a name, and levels are nested.
export const SAVEPOINT = 'SAVEPOINT plinth'
export const RELEASE = 'RELEASE plinth'
export const ROLLBACK_TO = 'ROLLBACK TO plinth'

/** One level of a transaction: the outermost, or a savepoint in it. */
export class Level implements Connection {
  readonly hooks: Hook[] = []
  readonly #owner: Owner
  #ended = false
  #child: Level | undefined

  constructor(owner: Owner) {
    this.#owner = owner
  }

  run(statement: Statement, params: readonly StoredValue[]): Result {
    this.#assertUsable()
    return this.#guarded(() => this.#owner.session.run(statement, params))
  }

  afterCommit(hook: Hook): void {
    this.#assertUsable()
    this.hooks.push(hook)
  }

  async savepoint<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#assertUsable()
    this.#exec(SAVEPOINT)
    const child = new Level(this.#owner)
    this.#child = child
    try {
      const value = await work(child)
      child.end()
      this.#owner.assertAlive()
      this.#exec(RELEASE)
      this.hooks.push(...child.hooks)
      return value
    } catch (error) {
      this.#undo()
      throw error
    } finally {
      child.#ended = true
      this.#child = undefined
    }
  }

  /** Closes the level to further use. Throws when a nested transaction was left running. */
  end(): void {
    this.#ended = true
    if (this.#child) throw misuse(PLACE, 'a nested transaction was not awaited')
  }

  #assertUsable(): void {
    this.#owner.assertAlive()
    if (this.#ended)
      throw misuse(PLACE, 'it has ended; its handle works until its function settles')
    if (this.#child) {
      throw misuse(PLACE, 'a nested one is running; use the handle given to it, or await it first')
    }
  }

  #undo(): void {
    try {
      this.#owner.assertAlive()
    } catch {
      // Rolled back as a whole already, and the connection may serve another transaction by now.
      return
    }
    this.#exec(ROLLBACK_TO)
    this.#exec(RELEASE)
  }

  #exec(sql: string): void {
    this.#guarded(() => this.#owner.session.exec(sql))
  }

  // Errors of a session are translated.
  #guarded<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (!this.#owner.session.inTransaction) this.#owner.lose(error as PlinthError)
      throw error
    }
  }
}

const PLACE = 'transaction'
