import { misuse } from '../../../kernel/index.ts'
import type { AnyTable } from '../../table.ts'
import { type SqlSource, sqlSource } from '../sql/source.ts'
import { assertKeys } from './keys.ts'
import { openDriver } from './open.ts'
import { type MysqlTarget, resolveTarget } from './options.ts'

/**
 * Names a database on a MySQL or MariaDB server and the tables that it holds, for `open()` or
 * `backend()` to open. The target is a URL, or an object with the URL and options.
 *
 * Connections are pooled, made when they are needed and made anew when the server was restarted.
 * Transactions that the server ends for the sake of another (deadlock, lock) are run anew by
 * themselves. Text is compared by code points, instants are kept in UTC.
 *
 * MySQL and MariaDB hold unique keys and primary keys only of text whose length is bounded: such a
 * column's schema says so by `v.maxLength(n)`, up to 768. Instants are of the years 1000 to 9999,
 * others are `invalid_values`. Opening fails with `misuse` when the package `mysql2` is missing, when
 * the server is older than MySQL 8.0.17 or MariaDB 10.5, when it refuses the user, or when there is no
 * such database; with `storage_failed` when it does not answer.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { mysql } from 'plinth/data/mysql'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 * const db = await open(mysql({ url: 'mysql://app:secret@localhost/app', max: 20 }, [notes]))
 * await db.migrate()
 * ```
 */
export function mysql(target: MysqlTarget, tables: readonly AnyTable[]): SqlSource {
  const settings = resolveTarget(target)
  if (!Array.isArray(tables)) {
    throw misuse(settings.place, 'expected a list of tables as second argument')
  }
  return sqlSource(tables, (options) => {
    for (const table of tables) assertKeys(table)
    return openDriver(settings, options)
  })
}
