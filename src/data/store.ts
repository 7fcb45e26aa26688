import type { Clock, Measurement, Scope, Signals } from '../kernel/index.ts'
import type { OnDelete } from './column.ts'
import type {
  ApplyMigrationOptions,
  MigrationFile,
  MigrationOptions,
  MigrationPlan,
  MigrationStatus,
  PlanOptions,
} from './migrations.ts'
import type { Models } from './model.ts'
import type { Delete, Insert, Read, Select, Update } from './query.ts'
import type { QueryPlanner } from './query-plan.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, NamedRow, StoredRow } from './value.ts'

/** How far transactions that run at the same time are kept apart. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

export interface StoreTransactionOptions extends Scope {
  /** Milliseconds, waiting included. */
  readonly timeout?: number
  readonly isolation?: Isolation
  /** Refuses writes. */
  readonly readOnly?: boolean
}

/** A transaction in progress, or one of its savepoints. */
export interface StoreTransaction {
  read(query: Read): MaybePromise<readonly StoredRow[]>
  insert(query: Insert): MaybePromise<void>
  /** The rows as they became where the query asks for them, and how many there were. */
  update(query: Update): MaybePromise<Updated>
  /** How many rows were meant: not those that went along with them. */
  delete(query: Delete): MaybePromise<number>
  /**
   * Runs `work` in a savepoint, rolled back alone when it throws. `work` uses the transaction it is
   * given; until it has settled, using this one is `misuse`.
   */
  savepoint<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>
  /**
   * Keeps something until the end of the transaction; forgotten when this level rolls back. Last of all
   * before the outermost commit, `finish` of the first of those that have the same `key` is given the
   * items of all of them, in order; what it throws undoes the transaction.
   */
  gather(gathered: Gathered): void
  /** Runs `hook` once after the outermost commit; forgotten when this level rolls back. */
  afterCommit(hook: () => void | Promise<void>): void
  /** The way past everything, for stores that speak SQL: what `plinth/data/kysely` is built on. */
  readonly sql?: RawSql | undefined
}

export interface Gathered {
  readonly key: object
  readonly item: unknown
  readonly finish: (items: readonly unknown[], transaction: StoreTransaction) => Promise<void>
}

export interface Updated {
  readonly rows: readonly StoredRow[]
  readonly count: number
}

/** Statements as somebody else wrote them. */
export interface RawSql {
  readonly dialect: 'sqlite' | 'postgresql' | 'mysql' | 'mariadb'
  run(
    sql: string,
    params: readonly unknown[],
  ): MaybePromise<{ readonly rows: readonly Record<string, unknown>[]; readonly changes: number }>
}

/** What a store can and cannot do. What is used but missing is refused at start, with the reason. */
export interface Capabilities {
  /** Code can run between the statements of a transaction. */
  readonly interactive: boolean
  /** The isolation levels that transactions may ask for; the first is the default. */
  readonly isolation: readonly Isolation[]
  /** Transactions can run inside transactions. */
  readonly savepoints: boolean
  /** References are kept by the store. */
  readonly references: boolean
  /** Several transactions can write at the same time. */
  readonly concurrentWrites: boolean
  /** A migration is undone as a whole when one of its steps fails. */
  readonly transactionalSchema: boolean
  /** Filters can look into JSON columns. */
  readonly jsonPaths: boolean
  /** A row can be read together with those that it refers to. */
  readonly joins: boolean
  /** The store can tell cheaply that nothing was committed since. */
  readonly version: boolean
  /** The store speaks SQL. */
  readonly sql: boolean
}

/** One live structure of a table, as the database reports it. */
export interface LiveTable {
  readonly name: string
  readonly columns: readonly LiveColumn[]
  readonly indexes: readonly LiveIndex[]
  /** Columns whose values the database holds to be keys of another table. */
  readonly references: readonly LiveReference[]
}

export interface LiveColumn {
  readonly name: string
  /** As the database spells it. */
  readonly type: string
  readonly nullable: boolean
  readonly primaryKey: boolean
}

export interface LiveIndex {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

export interface LiveReference {
  readonly column: string
  readonly table: string
  readonly onDelete: OnDelete
  /** The constraint's name, where it has one. */
  readonly name?: string
}

/** A query as the database reads it, without the values. The same object for the same text. */
export interface StatementText {
  readonly sql: string
}

/**
 * An open database, as the core sees it: it is given queries, plain objects that say which rows are
 * meant and what is to become of them, and need not speak SQL. Errors leave it translated to the
 * codes of `DataErrorCode`.
 */
export interface Store {
  /** `db.system.name` of OpenTelemetry. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Reads outside any transaction: sees only what is committed. */
  read(query: Read, scope?: Scope): MaybePromise<readonly StoredRow[]>
  /**
   * The same for whole rows, as new objects of their columns in order, where the store has those as
   * cheaply as arrays; absent elsewhere.
   */
  readonly readNamed?: (query: Select, scope?: Scope) => MaybePromise<NamedRow[]>
  /**
   * Runs `work` in a transaction and resolves after its durable commit. Work that finishes without
   * waiting may be run without a turn of the event loop in between. Work whose transaction the store
   * ended for the sake of another is run anew, a bounded number of times. Throws `misuse` when called
   * from inside a running transaction of the same store (it would wait for itself).
   */
  transaction<T>(
    work: (transaction: StoreTransaction) => MaybePromise<T>,
    options?: StoreTransactionOptions,
  ): Promise<T>
  /**
   * A number that is another one after any commit, by this process or by others. Undefined where a
   * store cannot tell at less cost than a query.
   */
  version(): number | undefined
  /** Throws `misuse` when called from inside a running transaction: the outer handle is being used there. */
  assertOutside(): void
  /** The query as the store would run it, and its parameters: for `explain`. */
  describe(query: Read): { readonly text: string; readonly params: readonly unknown[] }
  /** What `migrate` would do now. */
  plan(options?: PlanOptions): Promise<MigrationPlan>
  /** Makes the database fit the tables. */
  migrate(options?: MigrationOptions): Promise<MigrationPlan>
  /** Runs the files that were not run yet, and answers with their names. */
  applyMigrations(
    files: readonly MigrationFile[],
    options?: ApplyMigrationOptions,
  ): Promise<readonly string[]>
  migrationStatus(files: readonly MigrationFile[]): Promise<MigrationStatus>
  /** Begins to tell how statements are run; undefined or absent where a store cannot. */
  queryPlanner?(): QueryPlanner | undefined
  /** The text of the query that was given to the database last: asked at once, it is that of one's own. */
  latest?(): StatementText | undefined
  ping(): Promise<void>
  /** Figures as they are now: connections, queues, sizes of files. */
  gauges?(): readonly Measurement[]
  close(): Promise<void>
}

/** What a store is told when it is opened. */
export interface StoreOptions {
  readonly models: Models
  readonly signals: Signals
  readonly clock: Clock
}

/** A database not yet opened: what `sqlite(...)` returns and `open()` and `backend()` take. */
export interface DataSource {
  readonly tables: readonly AnyTable[]
  open(options: StoreOptions): Promise<Store>
}
