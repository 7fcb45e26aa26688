import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { misuse } from '../../../kernel/index.ts'
import { capabilities } from '../postgres/capabilities.ts'
import { dialect } from '../postgres/dialect.ts'
import { inspectTables } from '../postgres/inspect.ts'
import { createPlanFinder } from '../postgres/query-plan.ts'
import { schema } from '../postgres/schema.ts'
import { Session } from '../postgres/session.ts'
import { setUp } from '../postgres/set-up.ts'
import type { SqlDriver, SqlDriverOptions } from '../sql/driver.ts'
import { openServer, type ServerSettings } from '../sql/server.ts'
import { lockFolder } from './folder-lock.ts'
import { openWire } from './pglite-wire.ts'

export interface OpenPgliteOptions extends SqlDriverOptions {
  readonly place: string
  /** A path, or `memory://`. */
  readonly folder: string
  readonly settings: ServerSettings
}

/** Opens the database. Its one connection is lent to transactions and reads in turn. */
export async function openDriver(options: OpenPgliteOptions): Promise<SqlDriver> {
  const { place, settings, signals } = options
  const driver = openServer({
    place,
    dialect,
    schema,
    capabilities: { ...capabilities, concurrentWrites: false },
    settings,
    signals,
    connect: () => connect(options),
    inspect: inspectTables,
    plans: createPlanFinder,
  })
  try {
    await driver.ping()
    return driver
  } catch (error) {
    await driver.close()
    throw error
  }
}

async function connect({ place, folder }: OpenPgliteOptions): Promise<Session> {
  const { PGlite, protocol } = await loadPglite(place)
  const parent = dirname(resolve(folder))
  if (folder !== 'memory://' && !existsSync(parent)) {
    throw misuse(place, `its folder ${parent} does not exist`)
  }
  const unlock = folder === 'memory://' ? () => undefined : lockFolder(place, folder)
  try {
    const database = await PGlite.create(folder)
    const wire = openWire({ database, protocol, onEnd: unlock })
    // Time limits are of no use to a server in the very process that would have to be told of them.
    const session = new Session({ wire, statementTimeout: Number.POSITIVE_INFINITY })
    await setUp(session, { place, limit: 0 })
    return session
  } catch (cause) {
    unlock()
    throw misuse(place, 'the folder cannot be opened as a database of PGlite', cause)
  }
}

async function loadPglite(place: string): Promise<typeof import('@electric-sql/pglite')> {
  try {
    return await import('@electric-sql/pglite')
  } catch (cause) {
    const command = 'npm install @electric-sql/pglite'
    throw misuse(place, `the package is not installed; install it: ${command}`, cause)
  }
}
