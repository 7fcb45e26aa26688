import type { Clock, Measurement, Scope, Signals } from '../../../kernel/index.ts'
import type { ColumnKind } from '../../column.ts'
import type { Capabilities, LiveTable, RawSql, StoreTransactionOptions } from '../../store.ts'
import type { MaybePromise, NamedRow, StoredRow } from '../../value.ts'
import type { Dialect } from './dialect.ts'
import type { PlanFinder } from './found-plan.ts'
import type { SchemaDialect } from './migrate/schema-dialect.ts'

/** A compiled statement. The same object each time the same shape is run, so a driver may hang a prepared handle on it. */
export interface Statement {
  readonly sql: string
  /** Whether it answers with rows. */
  readonly returns: boolean
  /** Whether it answers with one row at the most. */
  readonly single?: boolean
  /** Whether its rows are wanted as objects, by the names of its columns: of a driver that is `named`. */
  readonly named?: boolean
  /** For errors and logs: `select notes`, the verb and the table. */
  readonly summary: string
  /**
   * What each column of its rows holds, by position: the driver turns what its database answers into
   * the stored form of that kind. Without it, rows hold integers, text and bytes as they come.
   */
  readonly kinds?: readonly ColumnKind[]
}

/** What a parameter is sent as: its stored form, or what the dialect's `encode` made of it. */
export type Parameter = unknown

export interface SqlResult {
  /** Each row an array of its columns in order, made for whoever asked. */
  readonly rows: readonly StoredRow[]
  /** The rows of a statement that is `named`, in place of `rows`. */
  readonly named?: NamedRow[]
  /** Rows that matched and were written, be it with the values they had; 0 for a read. */
  readonly changes: number
}

/** A transaction in progress, or one of its savepoints. */
export interface SqlConnection {
  run(statement: Statement, params: readonly Parameter[]): MaybePromise<SqlResult>
  /**
   * Runs `work` in a savepoint, rolled back alone when it throws. `work` uses the connection it is
   * given; until it has settled, using this one is `misuse`.
   */
  savepoint<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>
  /** Runs `hook` once after the outermost commit; forgotten when this level rolls back. */
  afterCommit(hook: () => void | Promise<void>): void
  /** Runs statements as somebody else wrote them, for `plinth/data/kysely`. */
  readonly raw?: RawSql | undefined
}

export type { Isolation, StoreTransactionOptions as SqlTransactionOptions } from '../../store.ts'

/**
 * An open SQL database: pools, connections, transactions. It knows statements, not queries. Errors
 * leave it translated to `PlinthError`s with the codes of `DataErrorCode`.
 */
export interface SqlDriver {
  readonly dialect: Dialect
  /** How migrations change its structure. */
  readonly schema: SchemaDialect
  readonly capabilities: Capabilities
  /** Whether rows read outside transactions cost no more as objects than as arrays. */
  readonly named?: boolean
  /** Reads outside any transaction: sees only what is committed. */
  read(statement: Statement, params: readonly Parameter[], scope?: Scope): MaybePromise<SqlResult>
  /**
   * Runs `work` in a transaction and resolves after its durable commit. Runs it anew, a bounded
   * number of times, when the database ended it for the sake of another (serialization failure,
   * deadlock, lock). Once it has timed out or was aborted it can never commit. Throws `misuse` when
   * called from inside a running `transaction` of the same driver (it would wait for itself).
   */
  transaction<T>(
    work: (connection: SqlConnection) => MaybePromise<T>,
    options?: StoreTransactionOptions,
  ): Promise<T>
  /**
   * A number that is another one after any commit, by this process or by others. Undefined where a
   * database cannot tell at less cost than a query.
   */
  version(): number | undefined
  /** Throws `misuse` when called from inside a running transaction: the outer handle is being used there. */
  assertOutside(): void
  /** The live structure of the named tables that exist; within a transaction, by its connection. */
  inspect(names: readonly string[], connection?: SqlConnection): Promise<readonly LiveTable[]>
  /** Begins to tell how statements are run; absent where a database cannot. */
  plans?(): PlanFinder
  ping(): Promise<void>
  /** Figures as they are now: connections, queues, sizes of files. */
  gauges?(): readonly Measurement[]
  close(): Promise<void>
}

/** What a driver is told when it is opened. */
export interface SqlDriverOptions {
  readonly signals: Signals
  readonly clock: Clock
}
