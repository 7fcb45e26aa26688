import type { Actor, Measurement, Scope } from '../kernel/index.ts'
import type {
  AggregateQuery,
  AggregateRow,
  GroupColumn,
  NumberColumn,
  OrderedColumn,
} from './aggregate-query.ts'
import type { ExplainQuery, Explanation } from './explanation.ts'
import type { FilterOf } from './filter-of.ts'
import type {
  FirstQuery,
  GetQuery,
  ListQuery,
  Page,
  StreamQuery,
  UpsertQuery,
} from './list-query.ts'
import type {
  ApplyMigrationOptions,
  MigrationFile,
  MigrationOptions,
  MigrationPlan,
  MigrationStatus,
  PlanOptions,
} from './migrations.ts'
import type { QueryPlanner } from './query-plan.ts'
import type { Include, Result, Select } from './result.ts'
import type { Isolation } from './store.ts'
import type { AnyTable, Insert, Patch, Row } from './table.ts'

/** Options of an outermost transaction; one inside of another takes none (`misuse`). */
export interface TransactionOptions {
  /**
   * Milliseconds that it may take, waiting for its turn included; then it is rolled back, code
   * `transaction_timeout`, or `busy` while it still waits to begin. Default: the database's, 5,000.
   */
  readonly timeout?: number
  /**
   * Default: the database's usual level, the first of its capabilities. Where it does not have the
   * level asked for, its next stronger one is taken.
   */
  readonly isolation?: Isolation
  /** Refuses writes (`misuse`). On SQLite it waits for the writer all the same. Default false. */
  readonly readOnly?: boolean
}

/**
 * The verbs on rows, as one actor (`db.as`) or as the system (`db.system`), inside a transaction or
 * outside. Outside, each verb is a transaction of its own.
 *
 * An actor reaches the rows that the rules of the table allow. What may not be read does not exist:
 * it is not found, counted, changed, deleted or included, and cannot be referred to. A column that may
 * not be read is null. A write that no row could pass is `denied` at once.
 *
 * Errors: `denied` (403) when a rule forbids the write, or naming a column that the actor never sees;
 * `conflict` (409) with the `columns` of the unique key that is taken; `version_conflict` (409) when
 * the row is no longer the version that a patch was made for; `invalid_reference` (409) when a row
 * referred to is missing or out of the actor's sight, or the row to be deleted is still referred to;
 * `invalid_values` (422) with `issues` when values do not match the columns; `out_of_range` (422) when
 * an aggregate is too large for a number; `invalid_filter`, `invalid_query` (an order, a limit, an
 * unknown key) and `invalid_cursor` (400) when they mean nothing; `busy`, `transaction_timeout`,
 * `storage_failed` and `closed` (503) from the database; `aborted` (503) when the scope's signal has
 * ended the work; `misuse` for mistakes in code.
 */
export interface Handle {
  /**
   * The row with this primary key, or null when there is none that the actor may read.
   *
   * ```ts
   * import { type Handle, id, many, ref, schema, table } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const boardsTable = table('boards', { id: id(), title: v.string() })
   * const { boards, tasks } = schema(
   *   { boards: boardsTable, tasks: table('tasks', { id: id(), board: ref(boardsTable) }) },
   *   { relations: { boards: { tasks: many('tasks', 'board') } } },
   * )
   *
   * async function show(db: Handle, id: string) {
   *   const board = await db.get(boards, id, { select: ['title'], include: { tasks: true } })
   *   return board && `${board.title}: ${board.tasks.length} tasks`
   * }
   * ```
   */
  get<
    T extends AnyTable,
    const S extends Select<T> | undefined = undefined,
    const I extends Include<T> = Record<never, never>,
  >(
    table: T,
    id: string,
    query?: GetQuery<T, S, I>,
  ): Promise<Result<T, { select: S; include: NoInfer<I> }> | null>
  /** The first row in order that matches, or null. Without an order, the least primary key is first. */
  first<
    T extends AnyTable,
    const S extends Select<T> | undefined = undefined,
    const I extends Include<T> = Record<never, never>,
  >(
    table: T,
    query?: FirstQuery<T, S, I>,
  ): Promise<Result<T, { select: S; include: NoInfer<I> }> | null>
  /**
   * A page of the rows that match, in order: 50 unless `limit` says otherwise, from the beginning or
   * from where the page with this `cursor` ended. Rows that are added or removed meanwhile shift none.
   *
   * ```ts
   * import { type Handle, id, table, timestamp } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const notes = table('notes', { id: id(), title: v.string(), at: timestamp({ default: 'now' }) })
   *
   * async function titles(db: Handle, cursor?: string) {
   *   const { items, next } = await db.list(notes, {
   *     where: { title: { ne: '' } },
   *     orderBy: { at: 'desc' },
   *     select: ['title'],
   *     limit: 20,
   *     cursor,
   *   })
   *   return { titles: items.map(({ title }) => title), next }
   * }
   * ```
   */
  list<
    T extends AnyTable,
    const S extends Select<T> | undefined = undefined,
    const I extends Include<T> = Record<never, never>,
  >(
    table: T,
    query?: ListQuery<T, S, I>,
  ): Promise<Page<Result<T, { select: S; include: NoInfer<I> }>>>
  /**
   * All rows that match, in order, read and held in memory a batch at a time. Outside a transaction
   * each batch sees what is committed, and what the rules say, when it is read: a row is met at most
   * once, and one that is there from beginning to end exactly once, unless it moves in the order.
   *
   * ```ts
   * import { type Handle, id, table } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const notes = table('notes', { id: id(), title: v.string() })
   *
   * async function longest(db: Handle) {
   *   let found = ''
   *   for await (const { title } of db.stream(notes, { select: ['title'] })) {
   *     if (title.length > found.length) found = title
   *   }
   *   return found
   * }
   * ```
   */
  stream<
    T extends AnyTable,
    const S extends Select<T> | undefined = undefined,
    const I extends Include<T> = Record<never, never>,
  >(
    table: T,
    query?: StreamQuery<T, S, I>,
  ): AsyncIterable<Result<T, { select: S; include: NoInfer<I> }>>
  /** How many rows match; all without a filter. */
  count<T extends AnyTable>(table: T, where?: FilterOf<T>): Promise<number>
  /** Whether a row matches; any without a filter. */
  exists<T extends AnyTable>(table: T, where?: FilterOf<T>): Promise<boolean>
  /**
   * Counts, sums, averages and extremes of the rows that match, group by group; of all of them, in an
   * array of one, without `groupBy`. `AggregateRow` describes what is returned.
   *
   * ```ts
   * import { type Handle, id, table } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const sales = table('sales', { id: id(), shop: v.string(), total: v.number() })
   *
   * async function best(db: Handle) {
   *   const [shop] = await db.aggregate(sales, {
   *     groupBy: ['shop'],
   *     count: true,
   *     sum: ['total'],
   *     having: { count: { gte: 10 } },
   *     orderBy: { sum: { total: 'desc' } },
   *     limit: 1,
   *   })
   *   return shop && `${shop.shop}: ${shop.sum.total} in ${shop.count} sales`
   * }
   * ```
   */
  aggregate<
    T extends AnyTable,
    const Group extends GroupColumn<T> = never,
    const Count extends boolean = false,
    const Sum extends NumberColumn<T> = never,
    const Avg extends NumberColumn<T> = never,
    const Min extends OrderedColumn<T> = never,
    const Max extends OrderedColumn<T> = never,
  >(
    table: T,
    query: AggregateQuery<T, Group, Count, Sum, Avg, Min, Max>,
  ): Promise<
    AggregateRow<
      T,
      {
        groupBy: readonly Group[]
        count: Count
        sum: readonly Sum[]
        avg: readonly Avg[]
        min: readonly Min[]
        max: readonly Max[]
      }
    >[]
  >
  /**
   * Creates a row and returns it as stored. The rule of creating decides; that of reading does not
   * have to hold, so that a letter box can take what its sender cannot look at again.
   */
  create<T extends AnyTable>(table: T, values: Insert<T>): Promise<Row<T>>
  /** Creates all rows or none, and returns them in the order given. */
  createMany<T extends AnyTable>(table: T, values: readonly Insert<T>[]): Promise<Row<T>[]>
  /**
   * Creates a row, or changes the one that has the same values in the columns `on`, and returns it:
   * one decision, whoever else does the same at that time. The rule of creating or that of updating
   * has to hold, as for either alone. A row that is there and that the actor may not read or update
   * is a `conflict`, as for `create`.
   *
   * ```ts
   * import { type Handle, id, table } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const settings = table(
   *   'settings',
   *   { id: id(), name: v.string(), value: v.string() },
   *   { unique: [['name']] },
   * )
   *
   * async function set(db: Handle, name: string, value: string) {
   *   return db.upsert(settings, { name, value }, { on: ['name'] })
   * }
   * ```
   */
  upsert<T extends AnyTable>(table: T, values: Insert<T>, query: UpsertQuery<T>): Promise<Row<T>>
  /**
   * Changes one row and returns it, or null when there is none that the actor may read and update,
   * or it does not match `where`: the condition and the change are one statement. The rule of
   * updating must also hold for the row as it becomes (`denied`). A key that is absent or undefined
   * leaves its column alone; without any, the row is returned as it is. A patch with the version of
   * the row is for that version only (`version_conflict`).
   */
  update<T extends AnyTable>(
    table: T,
    id: string,
    patch: Patch<T>,
    where?: FilterOf<T>,
  ): Promise<Row<T> | null>
  /**
   * Changes every matching row that the actor may read and update; returns how many. When one of them
   * would break the rule of updating, none is changed (`denied`).
   */
  updateMany<T extends AnyTable>(table: T, where: FilterOf<T>, patch: Patch<T>): Promise<number>
  /** Deletes one row; false when there is none that the actor may read and delete, or `where` fails. */
  delete<T extends AnyTable>(table: T, id: string, where?: FilterOf<T>): Promise<boolean>
  /** Deletes every matching row that the actor may read and delete; returns how many. */
  deleteMany<T extends AnyTable>(table: T, where: FilterOf<T>): Promise<number>
  /**
   * Runs `work` in a transaction, or inside one in a savepoint: all of its writes or none. Resolves
   * after the commit is durable. `work` uses the handle that it is given, and only while it runs:
   * the outer one, and this one afterwards, are `misuse`.
   *
   * A transaction that the database ended for the sake of another (serialization failure, deadlock,
   * lock held too long) is run anew, the whole of `work`, at most 50 times within the timeout; then
   * it is `busy`. So `work` keeps effects outside the database for `afterCommit`.
   *
   * ```ts
   * import { type Handle, id, table } from 'plinth/data'
   * import * as v from 'valibot'
   *
   * const accounts = table('accounts', { id: id(), balance: v.pipe(v.number(), v.integer()) })
   *
   * async function withdraw(db: Handle, id: string, amount: number) {
   *   return db.transaction(
   *     async (tx) => {
   *       const account = await tx.get(accounts, id)
   *       if (!account || account.balance < amount) return null
   *       return tx.update(accounts, id, { balance: account.balance - amount })
   *     },
   *     { isolation: 'serializable', timeout: 2000 },
   *   )
   * }
   * ```
   */
  transaction<T>(work: (tx: Handle) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * Runs `hook` once after the enclosing transaction has committed; at once when there is none. Nobody
   * waits for it: that it fails is logged and undoes nothing, and it is lost with its process.
   */
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
   * Says in words and SQL which rules of rows, and of reading fields, apply to a query of an actor,
   * and why; runs nothing. It names rules and values that the actor must not see: it is for the team.
   *
   * ```ts
   * import { type Database, id, table } from 'plinth/data'
   * import type { Actor } from 'plinth/kernel'
   * import * as v from 'valibot'
   *
   * const notes = table(
   *   'notes',
   *   { id: id(), owner: v.string() },
   *   { policy: { read: (actor) => ({ owner: actor.id }) } },
   * )
   *
   * function why(db: Database, actor: Actor) {
   *   const { words, sql } = db.explain(actor, notes, { operation: 'read' })
   *   return `${words}\n${sql}`
   * }
   * ```
   */
  explain<T extends AnyTable>(actor: Actor | null, table: T, query?: ExplainQuery<T>): Explanation
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
  /**
   * Begins to tell how the database would run statements, for a log of slow ones. On MySQL and MariaDB the
   * values that statements were last run with are kept in memory from then on. Undefined where a store
   * cannot tell.
   */
  queryPlanner(): QueryPlanner | undefined
  /** Resolves when the database answers; rejects with the reason otherwise. */
  ping(): Promise<void>
  /**
   * Figures of the database as they are now: connections used, idle, waited for and at the most; on
   * SQLite the transactions that wait, and the bytes of the file and its log.
   */
  gauges(): readonly Measurement[]
  /** Waits for running transactions and closes. Later calls fail with `closed`. */
  close(): Promise<void>
}
