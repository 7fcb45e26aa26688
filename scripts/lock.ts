/**
 * Runs after `npm install` and completes the lock file of the folder it is run in.
 *
 * better-sqlite3 brings its binaries and says `gypfile: false`, but npm's lock files have no such
 * field. npm 10 then takes it for a package to be compiled, which fails on a machine without a
 * compiler. npm does heed the field when it finds it in a lock file; it only never writes it.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'

interface Lock {
  packages: Record<string, { gypfile?: boolean }>
}

if (existsSync('package-lock.json')) complete()

function complete(): void {
  const written = readFileSync('package-lock.json', 'utf8')
  const lock: Lock = JSON.parse(written)
  for (const [path, entry] of Object.entries(lock.packages))
    if (path.endsWith('node_modules/better-sqlite3')) entry.gypfile = false

  const completed = `${JSON.stringify(lock, null, 2)}\n`
  if (completed !== written) writeFileSync('package-lock.json', completed)
}
