import { misuse } from '../../../kernel/index.ts'
import type { AnyTable } from '../../table.ts'
import { type SqlSource, sqlSource } from '../sql/source.ts'
import { openDriver } from './open.ts'
import { type PostgresTarget, resolveTarget } from './options.ts'

/**
 * Names a PostgreSQL database, version 12 or later, and the tables that it holds, for `open()` or
 * `backend()` to open.
 *
 * `target` is an address as libpq knows it, or an object of one and options. Tables are looked for and
 * made in the first schema of the search path, which the address can set:
 * `?options=-c%20search_path%3Dapp`.
 *
 * Transactions are `read committed` unless they ask for more. One that the server ends for the sake of
 * another is run anew, at most 50 times within its time. A statement that fails is undone alone, so
 * that a transaction can go on after a conflict. When the connection is lost during a commit, nobody
 * can tell whether it is stored: the error is `storage_failed` with `details.committed` of `unknown`.
 *
 * Opening fails with `misuse` when the package `pg` is missing or the server refuses the address, and
 * with `storage_failed` when no server answers.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { postgres } from 'plinth/data/postgres'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 * const db = await open(postgres('postgres://app:secret@db.internal/app', [notes]))
 * await db.migrate()
 * ```
 */
export function postgres(target: PostgresTarget, tables: readonly AnyTable[]): SqlSource {
  const { place, settings } = resolveTarget(target)
  if (!Array.isArray(tables)) throw misuse(place, 'expected a list of tables as second argument')
  return sqlSource(tables, (options) => openDriver({ place, settings, ...options }))
}
