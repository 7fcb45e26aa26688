import type { Witness } from '../../../suites/data/serve.ts'
import { importer, user } from '../dataset.ts'
import { openFile } from './open.ts'

/** Looks at what was created, through a connection of its own. */
export function witnessOf(file: string): Witness {
  const db = openFile(file)
  const owner = user(importer).id
  const find = db.prepare<[string], { id: string; title: string; createdAt: number }>(
    'SELECT * FROM tasks WHERE owner = ?',
  )
  const remove = db.prepare('DELETE FROM tasks WHERE owner = ?')
  return {
    created: async () => find.all(owner),
    discard: async () => {
      remove.run(owner)
      db.pragma('wal_checkpoint(TRUNCATE)')
    },
  }
}
