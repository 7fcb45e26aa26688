import type { SqlDriver, SqlDriverOptions } from '../sql/driver.ts'
import { openServer } from '../sql/server.ts'
import { capabilities } from './capabilities.ts'
import { connect } from './connect.ts'
import { dialect } from './dialect.ts'
import { inspectTables } from './inspect.ts'
import { loadPg } from './load.ts'
import type { Settings } from './options.ts'
import { createPlanFinder } from './query-plan.ts'
import { schema } from './schema.ts'

export interface OpenPostgresOptions extends SqlDriverOptions {
  readonly place: string
  readonly settings: Settings
}

/** Opens a pool, and a first connection, so that a wrong address is found out now. */
export async function openDriver({
  place,
  settings,
  signals,
}: OpenPostgresOptions): Promise<SqlDriver> {
  const pg = await loadPg(place)
  const driver = openServer({
    place,
    dialect,
    schema,
    capabilities,
    settings,
    signals,
    connect: () => connect({ pg, place, settings }),
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
