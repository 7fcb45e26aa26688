import type { Capabilities } from '../../store.ts'
import type { SqlDriver, SqlDriverOptions } from '../sql/driver.ts'
import { openServer } from '../sql/server.ts'
import { createBoundValues } from './bound-values.ts'
import { connect, identify, setUp } from './connect.ts'
import { createDialect } from './dialect.ts'
import { inspectTables } from './inspect.ts'
import { createLink } from './link.ts'
import type { Settings } from './options.ts'
import { loadPackage } from './package.ts'
import { createPlanFinder } from './query-plan.ts'
import { createSchema } from './schema.ts'
import type { Session } from './session.ts'

/** Opens a database: finds out which server answers, and pools connections to it. */
export async function openDriver(
  settings: Settings,
  { signals }: SqlDriverOptions,
): Promise<SqlDriver> {
  const mysql2 = await loadPackage()
  const server = await briefly(open, (session) => identify(session, settings.place))
  const dialect = createDialect(server)
  const values = createBoundValues()
  return openServer({
    place: settings.place,
    dialect,
    schema: createSchema(dialect),
    capabilities,
    settings,
    signals,
    async connect() {
      const session = await open()
      await setUp(session, server, settings)
      return createLink({
        session,
        server,
        statementTimeout: settings.statementTimeout,
        kill,
        values,
      })
    },
    plans(driver) {
      values.keep()
      return createPlanFinder(driver, values)
    },
    inspect: (query, names) => inspectTables(query, names, server.collation),
  })

  function open(): Promise<Session> {
    return connect(mysql2, settings)
  }

  /** The connection may have ended by itself meanwhile. */
  async function kill(id: number): Promise<void> {
    await briefly(open, (session) => session.exec(`KILL ${id}`).catch(() => undefined))
  }
}

async function briefly<T>(
  open: () => Promise<Session>,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await open()
  try {
    return await use(session)
  } finally {
    await session.end()
  }
}

const capabilities: Capabilities = {
  interactive: true,
  // Read committed comes first: see docs/decisions/024-mysql.md.
  isolation: ['read committed', 'repeatable read', 'serializable'],
  savepoints: true,
  references: true,
  concurrentWrites: true,
  // Each change of structure is committed by itself.
  transactionalSchema: false,
  jsonPaths: true,
  joins: true,
  version: false,
  sql: true,
}
