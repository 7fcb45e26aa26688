import type { Actor, Scope } from '../kernel/index.ts'
import type { Filter } from './filter.ts'
import type {
  ApplyMigrationOptions,
  MigrationFile,
  MigrationOptions,
  MigrationPlan,
  MigrationStatus,
  PlanOptions,
} from './migrations.ts'
import type { Isolation } from './store.ts'
import type { AnyTable, Insert, Patch, Row } from './table.ts'

/**
 * Column by column, the order of a list. Null counts as the least value: first ascending, last
 * descending. The primary key is added last by itself, in the direction of the last column.
 */
export type Order<T extends AnyTable> = { readonly [K in keyof Row<T>]?: 'asc' | 'desc' }

/** Which row `first` means. */
export interface FirstQuery<T extends AnyTable> {
  readonly where?: Filter<Row<T>> | undefined
  readonly orderBy?: Order<T> | undefined
  readonly select?: unknown
  readonly include?: unknown
}

export interface StreamQuery<T extends AnyTable> extends FirstQuery<T> {
  readonly batch?: number | undefined
}

/** Which page of which rows `list` means. */
export interface ListQuery<T extends AnyTable> extends FirstQuery<T> {
  /** 1 to 1,000 rows. Default 50. */
  readonly limit?: number | undefined
  /** The `next` of the page before. Signed, and bound to the table, filter, order and actor. */
  readonly cursor?: string | undefined
  readonly distinct?: boolean | undefined
}

/** A page of rows. `next` is null on the last page. */
export interface Page<Item> {
  readonly items: Item[]
  readonly next: string | null
}

export interface TransactionOptions {
  /** Milliseconds after which the transaction is rolled back, code `transaction_timeout`. Default 5,000. */
  readonly timeout?: number
  readonly isolation?: Isolation
  readonly readOnly?: boolean
}

/**
 * The verbs on rows, as one actor (`db.as`) or as the system (`db.system`), inside a transaction or
 * outside. Outside, each verb is a transaction of its own.
 *
 * An actor reaches the rows that the rules of the table allow. What may not be read does not exist:
 * it is not found, counted, changed or deleted, and cannot be referred to. A write that no row could
 * pass is `denied` at once.
 *
 * Errors: `denied` (403) when a rule forbids the write, `conflict` (409) when a unique key is taken,
 * `invalid_reference` (409) when a row referred to is missing or out of the actor's sight, or the row
 * to be deleted is still referred to, `invalid_values` (422) with `issues` when values do not match
 * the columns, `invalid_filter`, `invalid_query` (an order, a limit, an unknown key) and
 * `invalid_cursor` (400) when they mean nothing, `aborted` (503) when the scope's signal has ended
 * the work, `misuse` for mistakes in code.
 */
export interface Handle {
  /** The row with this primary key, or null when there is none that the actor may read. */
  get<T extends AnyTable>(table: T, id: string): Promise<Row<T> | null>
  /** The first row in order that matches, or null. */
  first<T extends AnyTable>(table: T, query?: FirstQuery<T>): Promise<Row<T> | null>
  list<T extends AnyTable>(table: T, query?: ListQuery<T>): Promise<Page<Row<T>>>
  count<T extends AnyTable>(table: T, where?: Filter<Row<T>>): Promise<number>
  /**
   * Creates a row and returns it as stored. The rule of creating decides; that of reading does not
   * have to hold, so that a letter box can take what its sender cannot look at again.
   */
  create<T extends AnyTable>(table: T, values: Insert<T>): Promise<Row<T>>
  /** Creates all rows or none, and returns them in the order given. */
  createMany<T extends AnyTable>(table: T, values: readonly Insert<T>[]): Promise<Row<T>[]>
  /**
   * Changes one row and returns it, or null when there is none that the actor may read and update,
   * or it does not match `where`: the condition and the change are one statement. The rule of
   * updating must also hold for the row as it becomes (`denied`). A key that is absent or undefined
   * leaves its column alone; without any, the row is returned as it is.
   */
  update<T extends AnyTable>(
    table: T,
    id: string,
    patch: Patch<T>,
    where?: Filter<Row<T>>,
  ): Promise<Row<T> | null>
  /**
   * Changes every matching row that the actor may read and update; returns how many. When one of them
   * would break the rule of updating, none is changed (`denied`).
   */
  updateMany<T extends AnyTable>(table: T, where: Filter<Row<T>>, patch: Patch<T>): Promise<number>
  /** Deletes one row; false when there is none that the actor may read and delete, or `where` fails. */
  delete<T extends AnyTable>(table: T, id: string, where?: Filter<Row<T>>): Promise<boolean>
  /** Deletes every matching row that the actor may read and delete; returns how many. */
  deleteMany<T extends AnyTable>(table: T, where: Filter<Row<T>>): Promise<number>
  /**
   * Runs `work` in a transaction, or inside one in a savepoint: all of its writes or none. Resolves
   * after the commit is durable. `work` uses the handle that it is given, and only while it runs:
   * the outer one, and this one afterwards, are `misuse`.
   */
  transaction<T>(work: (tx: Handle) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Runs `hook` once after the enclosing transaction has committed; at once when there is none. */
  afterCommit(hook: () => void | Promise<void>): void
  /** The same transaction as another actor. */
  as(actor: Actor | null): Handle
  /** The same transaction past all policies: the named exception. */
  readonly system: Handle
}

/** An open database. */
export interface Database {
  /** The tables it was opened with, those of modules included. */
  readonly tables: readonly AnyTable[]
  /** The rows as `actor` sees them; null is nobody signed in. The scope carries trace and abort signal. */
  as(actor: Actor | null, scope?: Scope): Handle
  /** All rows, past all policies. */
  readonly system: Handle
  /** `system` within a scope. */
  systemIn(scope: Scope): Handle
  /**
   * A number that is another one after any commit, by this process or by others: what was read
   * before it changes is still so. Undefined where the store cannot tell at less cost than a query.
   */
  version(): number | undefined
  /** What `migrate` would do now. */
  plan(options?: PlanOptions): Promise<MigrationPlan>
  /**
   * Makes the database fit the tables, in one transaction where it can undo changes of structure.
   * Processes that start together do it one after the other. Throws `migration_refused`, and changes
   * nothing, when anything would lose data that was not allowed to by name, and `migration_failed`
   * when a step fails. A database that was migrated from files is only compared: any difference is
   * refused.
   */
  migrate(options?: MigrationOptions): Promise<MigrationPlan>
  /**
   * Runs the migration files that were not run on this database yet, in the order of their names, and
   * answers with those. Each is recorded with its checksum, in its own transaction where the database
   * can undo changes of structure; elsewhere a file that failed goes on behind what is done of it.
   * Throws `migration_refused` when a file that was run is missing or changed, and when the database
   * is not what the tables in code say afterwards; `migration_failed` when a statement fails.
   */
  applyMigrations(
    files: readonly MigrationFile[],
    options?: ApplyMigrationOptions,
  ): Promise<readonly string[]>
  /** What was run of these migration files, what was not, and what differs from the code. */
  migrationStatus(files: readonly MigrationFile[]): Promise<MigrationStatus>
  /** Resolves when the database answers; rejects with the reason otherwise. */
  ping(): Promise<void>
  /** Waits for running transactions and closes. Later calls fail with `closed`. */
  close(): Promise<void>
}
