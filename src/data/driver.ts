import type { Clock, Scope, Signals } from '../kernel/index.ts'
import type { ColumnKind, OnDelete } from './column.ts'
import type { AnyTable } from './table.ts'

/** A value as it is stored and bound. */
export type StoredValue = string | number | bigint | Uint8Array | null
/** A plain object, made for whoever asked: the core turns it into the caller's row in place. */
export type StoredRow = Readonly<Record<string, StoredValue>>
export type MaybePromise<T> = T | Promise<T>

/** A compiled statement. The same object each time the same shape is run, so a driver may hang a prepared handle on it. */
export interface Statement {
  readonly sql: string
  /** Whether it answers with rows. */
  readonly returns: boolean
  /** Whether it answers with one row at the most. */
  readonly single?: boolean
  /** For spans: `select notes`, the verb and the table. */
  readonly summary: string
  /**
   * Whether integers beyond 2^53 may be among the rows: those are answered as bigint, all others as
   * numbers. Without it such a value is an error or loses digits. Costs time, so only where needed.
   */
  readonly bigints?: boolean
}

export interface Result {
  readonly rows: readonly StoredRow[]
  /** Rows written; 0 for a read. */
  readonly changes: number
}

/** A transaction in progress. */
export interface Connection {
  run(statement: Statement, params: readonly StoredValue[]): MaybePromise<Result>
  /**
   * Runs `work` in a savepoint, rolled back alone when it throws. `work` uses the connection it is
   * given; until it has settled, using this one is `misuse`.
   */
  savepoint<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Runs `hook` once after the outermost commit; forgotten when this level rolls back. */
  afterCommit(hook: () => void | Promise<void>): void
}

export interface WriteOptions extends Scope {
  /** Milliseconds. */
  readonly timeout?: number
}

/** What a dialect writes differently. Everything else is common SQL. */
export interface Dialect {
  readonly name: string
  quote(identifier: string): string
  /** The placeholder of the n-th parameter, from 1. */
  placeholder(position: number): string
  /** `column IS NOT DISTINCT FROM parameter`, null counting as a value. */
  same(column: string, parameter: string): string
  /** A test for membership whose list is one parameter, so that its length does not change the shape. */
  memberOf(column: string, parameter: string, kind: ColumnKind): string
  /** The list of `memberOf` as that one parameter. */
  list(values: readonly StoredValue[]): StoredValue
  /** Case-sensitive containment. */
  contains(column: string, parameter: string): string
  /** The SQL type of a column kind. */
  readonly types: Readonly<Record<ColumnKind, string>>
  /** What follows the closing bracket of CREATE TABLE, such as ` STRICT`; often empty. */
  readonly tableOptions: string
}

/** What a driver can and cannot do. What is used but missing is refused at start, with the reason. */
export interface Capabilities {
  /** INSERT, UPDATE and DELETE can answer with the rows they wrote. */
  readonly returning: boolean
  /** Transactions can be interactive (code runs between statements). */
  readonly interactive: boolean
}

/** What a driver is told when it is opened. */
export interface DriverOptions {
  readonly signals: Signals
  readonly clock: Clock
}

/** One live structure of a table, as the database reports it. */
export interface LiveTable {
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly nullable: boolean
    readonly primaryKey: boolean
  }[]
  readonly indexes: readonly {
    readonly name: string
    readonly columns: readonly string[]
    readonly unique: boolean
  }[]
  /** Columns whose values the database holds to be keys of another table. */
  readonly references: readonly {
    readonly column: string
    readonly table: string
    readonly onDelete: OnDelete
  }[]
}

/** An open connection to a store. Errors leave it translated to the codes of `Handle`. */
export interface Driver {
  readonly dialect: Dialect
  readonly capabilities: Capabilities
  /** Reads outside any transaction: sees only what is committed. */
  read(statement: Statement, params: readonly StoredValue[], scope?: Scope): MaybePromise<Result>
  /**
   * Runs `work` in a write transaction and resolves after its durable commit. Work that finishes
   * without waiting is run without a turn of the event loop in between. Throws `misuse` when called
   * from inside a running `transaction` of the same driver (it would wait for itself).
   */
  transaction<T>(
    work: (connection: Connection) => MaybePromise<T>,
    options?: WriteOptions,
  ): Promise<T>
  /**
   * A number that is another one after any commit, by this process or by others. Undefined where a
   * store cannot tell at less cost than a query.
   */
  version(): number | undefined
  /** Throws `misuse` when called from inside a running transaction: the outer handle is being used there. */
  assertOutside(): void
  /** The live structure of the named tables that exist; within a transaction, by its connection. */
  inspect(names: readonly string[], connection?: Connection): Promise<readonly LiveTable[]>
  ping(): Promise<void>
  close(): Promise<void>
}

/** A database not yet opened: what `sqlite(...)` returns and `open()` and `backend()` take. */
export interface DataSource {
  readonly tables: readonly AnyTable[]
  open(options: DriverOptions): Promise<Driver>
}

export interface OpenOptions {
  /** Tables of other modules, beside those of the source. */
  readonly tables?: readonly AnyTable[]
  readonly signals?: Signals
  readonly clock?: Clock
}
