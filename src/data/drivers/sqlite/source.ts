import { misuse } from '../../../kernel/index.ts'
import type { AnyTable } from '../../table.ts'
import { type SqlSource, sqlSource } from '../sql/source.ts'
import { loadEngine } from './load-engine.ts'
import { openDriver } from './open.ts'
import { resolveOptions, type SqliteOptions } from './options.ts'

/**
 * Names an SQLite database and the tables that it holds, for `open()` or `backend()` to open.
 *
 * `file` is a path, made when it does not exist (its folder must), or `:memory:` for a database of
 * its own at each opening that ends with its closing. Transactions that wait at the same time share
 * one durable commit. While a transaction waits for anything but the database, a fetch for instance,
 * it holds the writer and all other writes wait for it, until it settles or times out.
 *
 * Opening fails with `misuse` when the folder or the engine's package is missing, when the file is
 * not a database, or when it cannot be written.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 * const db = await open(sqlite('notes.db', [notes]))
 * await db.migrate()
 * ```
 */
export function sqlite(
  file: string,
  tables: readonly AnyTable[],
  options: SqliteOptions = {},
): SqlSource {
  const place = `sqlite(${JSON.stringify(file)})`
  if (typeof file !== 'string' || file.trim() === '') {
    throw misuse(place, 'expected the path of a file, or ":memory:"')
  }
  if (/^file:|^\s|\s$/i.test(file)) {
    throw misuse(place, 'is a URI or has white space around it; expected a path')
  }
  if (!Array.isArray(tables)) throw misuse(place, 'expected a list of tables as second argument')
  const settings = resolveOptions(place, options)
  return sqlSource(tables, async (options) => {
    const openEngine = await loadEngine(settings.engine)
    return openDriver({ file, openEngine, settings, ...options })
  })
}
