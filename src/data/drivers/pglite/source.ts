import { misuse } from '../../../kernel/index.ts'
import type { AnyTable } from '../../table.ts'
import { type SqlSource, sqlSource } from '../sql/source.ts'
import { openDriver } from './open.ts'
import { assertFolder, type PgliteOptions, resolveOptions } from './options.ts'

/**
 * Names a PostgreSQL database inside this process and the tables that it holds, for `open()` or
 * `backend()` to open: the SQL of a server with nothing to install beside npm.
 *
 * `folder` is a path, made when it does not exist (its parent must), or `memory://` for a database of
 * its own at each opening that ends with its closing. A folder belongs to one process at a time. It has
 * one connection: transactions and reads wait for one another, and a statement that runs holds up
 * the event loop. What was committed survives the end of the process, but not always a loss of power.
 *
 * Opening fails with `misuse` when the package `@electric-sql/pglite` is missing or the folder cannot
 * serve.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { pglite } from 'plinth/data/pglite'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 * const db = await open(pglite('memory://', [notes]))
 * await db.migrate()
 * ```
 */
export function pglite(
  folder: string,
  tables: readonly AnyTable[],
  options: PgliteOptions = {},
): SqlSource {
  const place = assertFolder(folder)
  if (!Array.isArray(tables)) throw misuse(place, 'expected a list of tables as second argument')
  const settings = resolveOptions(place, options)
  return sqlSource(tables, (given) => openDriver({ place, folder, settings, ...given }))
}
