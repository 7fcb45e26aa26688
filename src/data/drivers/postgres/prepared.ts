import type { Statement } from '../sql/driver.ts'
import { isStale } from './errors.ts'
import { type Decode, decoderOf } from './values.ts'

/** What one connection knows of a statement. */
export interface Prepared {
  readonly name: string
  /** Whether the server has parsed it under its name. */
  known: boolean
}

/** More distinct statements than a program usually has; each costs the server some kilobytes. */
const MOST = 256

/** The statements that one connection has prepared, by names; those not used for long are let go. */
export class PreparedStatements {
  readonly #statements = new Map<Statement, Prepared>()
  #forgotten: string[] = []
  #count = 0

  take(statement: Statement): Prepared {
    const found = this.#statements.get(statement)
    const prepared = found ?? { name: `plinth_${++this.#count}`, known: false }
    // Those used last come last.
    if (found) this.#statements.delete(statement)
    this.#statements.set(statement, prepared)
    if (this.#statements.size > MOST) this.#dropOldest()
    return prepared
  }

  /** Notes what became of a statement that was sent: it ran, or failed with `error`. */
  settle(statement: Statement, error: unknown): void {
    const prepared = this.#statements.get(statement)
    if (!prepared) return
    if (error === undefined) prepared.known = true
    // Whether the server parsed what then failed is not worth finding out.
    else if (!prepared.known || isStale(error)) this.#forget(statement)
  }

  /** To be prepared anew, under another name. */
  #forget(statement: Statement): void {
    const prepared = this.#statements.get(statement)
    if (!prepared) return
    this.#statements.delete(statement)
    this.#forgotten.push(prepared.name)
  }

  /** The names that the server can forget. */
  takeForgotten(): readonly string[] {
    if (this.#forgotten.length === 0) return NONE
    const names = this.#forgotten
    this.#forgotten = []
    return names
  }

  #dropOldest(): void {
    const [oldest] = this.#statements.keys()
    if (oldest) this.#forget(oldest)
  }
}

const NONE: readonly string[] = []

/** What is known of a statement on every connection. */
export interface Facts {
  /** Whether it neither writes nor locks. */
  readonly reads: boolean
  /** By column; undefined where the statement does not say what it answers. */
  readonly decoders: readonly (Decode | undefined)[] | undefined
}

const known = new WeakMap<Statement, Facts>()

export function factsOf(statement: Statement): Facts {
  const found = known.get(statement)
  if (found) return found
  const facts: Facts = {
    reads: READS.test(statement.sql) && !LOCKS.test(statement.sql),
    decoders: statement.kinds?.map(decoderOf),
  }
  known.set(statement, facts)
  return facts
}

const READS = /^\s*(select|values|show)\b/i
const LOCKS = /\bfor\s+(no\s+key\s+update|update|share|key\s+share)\b/i
