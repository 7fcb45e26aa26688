import { type AnyTable, type Database, type OpenOptions, open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import type { Actor } from 'plinth/kernel'
import { onTestFinished } from 'vitest'

/** A migrated database in memory, closed when the test has finished. */
export async function openFresh(
  tables: readonly AnyTable[],
  options: OpenOptions = {},
): Promise<Database> {
  const db = await open(sqlite(':memory:', tables), options)
  onTestFinished(() => db.close())
  await db.migrate()
  return db
}

export function actor(id: string, ...roles: string[]): Actor {
  return { id, roles }
}
