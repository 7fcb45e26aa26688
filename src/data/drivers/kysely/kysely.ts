import type { Kysely } from 'kysely'
import { assertKnown, misuse } from '../../../kernel/index.ts'
import type { Handle } from '../../handle.ts'
import { outsidePolicies } from '../../outside.ts'
import type { AnyTable, RowOf } from '../../table.ts'
import { createDialect } from './dialect.ts'
import { loadKysely } from './load.ts'

/** What Kysely is told of the database: each table under its name, with its rows. */
export type DatabaseOf<Tables extends readonly AnyTable[]> = {
  [T in Tables[number] as T['name']]: RowOf<NonNullable<T['$columns']>>
}

export interface KyselyOptions {
  /** Says that no policy is to hold. There is no other way to have it. */
  readonly outsidePolicies: true
}

/**
 * Gives a Kysely to build any SQL with, for what the verbs of a handle cannot say. It is bound to the
 * transaction of `handle`: what it writes is committed or rolled back with all the rest, under the
 * same timeout and abort signal, and it cannot be used afterwards.
 *
 * **It is outside all policies.** No rule on rows or fields, no tenant's rule and no validation is
 * applied to what it reads and writes, nothing is filled in (keys, times, versions, generated columns),
 * and what a request sends must never choose its tables or columns. Therefore it takes
 * `tx.system` of a transaction and `{ outsidePolicies: true }`, or is `misuse`.
 *
 * Tables are called as in the database: by the names that `table()` was given. Values come and go as
 * in rows of the verbs: booleans, `Date`s, `bigint`s, `Uint8Array`s and the values of JSON columns.
 * - What is written to a column (`values`, `set`, `doUpdateSet`, `onDuplicateKeyUpdate`) is checked by
 *   its kind, and fails with `invalid_values`. Any other parameter is sent by its JavaScript type;
 *   objects are refused there, and arrays everywhere but on PostgreSQL.
 * - What is read is converted where it can be traced to a column: through aliases, joins, subqueries,
 *   `with`, `returning`, `min`, `max`, `coalesce` and `case`. Anything else comes as it is stored: from a
 *   template of `sql`, or from an expression, an instant is a number of milliseconds, a boolean 0 or 1,
 *   JSON its text (Kysely's `ParseJSONResultsPlugin` parses it). Sums and averages of integers are
 *   decimal text on servers, as Kysely's types say.
 *
 * Streaming, transactions of Kysely's own (`tx.transaction` nests) and statements such as COMMIT are
 * `misuse`, and so are changes of structure on MySQL and MariaDB, which would commit. Settings of the session
 * and its locks outlive the transaction: they are on a connection that others use next. Errors are
 * those of the verbs. Needs the package `kysely`; `misuse` says so where it is missing.
 *
 * ```ts
 * import { id, open, table, timestamp } from 'plinth/data'
 * import { kysely } from 'plinth/data/kysely'
 * import { sqlite } from 'plinth/data/sqlite'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string(), at: timestamp({ default: 'now' }) })
 * const db = await open(sqlite(':memory:', [notes]))
 * await db.migrate()
 *
 * const repeated = await db.system.transaction(async (tx) => {
 *   const k = await kysely(tx.system, [notes], { outsidePolicies: true })
 *   return k
 *     .selectFrom('notes')
 *     .select((eb) => ['title', eb.fn.max('at').as('latest')])
 *     .groupBy('title')
 *     .having((eb) => eb.fn.countAll(), '>', 1)
 *     .execute()
 * })
 * ```
 */
export async function kysely<const Tables extends readonly AnyTable[]>(
  handle: Handle,
  tables: Tables,
  options: KyselyOptions,
): Promise<Kysely<DatabaseOf<Tables>>> {
  if (options?.outsidePolicies !== true) {
    throw misuse(
      PLACE,
      'no policy holds for what it runs; ask for that by name: { outsidePolicies: true }',
    )
  }
  assertKnown(PLACE, options, ['outsidePolicies'])
  if (!Array.isArray(tables)) throw misuse(PLACE, 'expected a list of tables as second argument')
  const transaction = outsidePolicies(handle, PLACE)
  const models = (tables as readonly AnyTable[]).map(transaction.modelOf)
  const library = await loadKysely(PLACE)
  return new library.Kysely({ dialect: createDialect(library, { transaction, models }) })
}

const PLACE = 'kysely()'
