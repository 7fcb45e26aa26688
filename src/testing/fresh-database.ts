import type { AnyTable, DataSource } from '../data/index.ts'
import { assertKnown, misuse } from '../kernel/index.ts'
import {
  inFile,
  inMemory,
  inProcess,
  type MakeDatabase,
  onMysql,
  onPostgres,
} from './make-database.ts'

/** Which database it is. */
export interface FreshDatabaseOptions {
  /**
   * `memory` is SQLite in memory, `file` is SQLite in a temporary file, `pglite` is PostgreSQL in
   * this process; an address is a server, `postgres://` or `mysql://`. Default `memory`.
   */
  readonly on?: 'memory' | 'file' | 'pglite' | (string & {})
}

/** A database that nobody else uses. */
export interface FreshDatabase extends DataSource {
  /** Removes it, once the app is closed. What is in memory goes by itself. */
  remove(): Promise<void>
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Names a database of a test's own, for `backend()` or `open()` to open: of these tables, or those of
 * the source that the app is served with.
 *
 * On a server it is a schema (PostgreSQL) or a database (MySQL, MariaDB) with a name of its own, made
 * when it is opened, which the user of the address must be allowed to do, and dropped by `remove`.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { freshDatabase } from 'plinth/testing'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 *
 * await using data = freshDatabase([notes], { on: 'file' })
 * const db = await open(data)
 * await db.migrate()
 * await db.system.create(notes, { title: 'First' })
 * await db.close()
 * ```
 */
export function freshDatabase(
  of: readonly AnyTable[] | DataSource,
  options: FreshDatabaseOptions = {},
): FreshDatabase {
  assertKnown('freshDatabase()', options, ['on'])
  const { on = 'memory' } = options
  const kind = KINDS.find(({ matches }) => matches.test(on))
  if (!kind) {
    throw misuse(
      'freshDatabase({ on })',
      `is "${on}"; expected memory, file, pglite or the address of a PostgreSQL or MySQL server`,
    )
  }
  const tables: readonly AnyTable[] = 'tables' in of ? of.tables : of
  let made: ReturnType<MakeDatabase> | undefined
  const remove = async (): Promise<void> => {
    const making = made
    made = undefined
    await (await making)?.remove()
  }
  return {
    tables,
    async open(setting) {
      made ??= kind.make(tables, on)
      return (await made).source.open(setting)
    },
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

const KINDS: readonly { readonly matches: RegExp; readonly make: MakeDatabase }[] = [
  { matches: /^memory$/, make: inMemory },
  { matches: /^file$/, make: inFile },
  { matches: /^pglite$/, make: inProcess },
  { matches: /^postgres(ql)?:\/\//, make: onPostgres },
  { matches: /^(mysql|mariadb):\/\//, make: onMysql },
]
